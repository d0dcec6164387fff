-- How long what cannot be taken back waits for the events of a plan version. Owner: fibermap/store.
CREATE TABLE recall_window (
    plan_version BIGINT PRIMARY KEY,
    ends_at_utc TIMESTAMPTZ NOT NULL,
    outcome VARCHAR,                -- released: its events have begun to leave | recalled: they never do; NULL: not settled
    settled_at_utc TIMESTAMPTZ,
    recalled_by BIGINT              -- the plan version that took it back
);

-- Whether a subscriber receives the events of a plan version only once its recall window is over.
ALTER TABLE subscription ADD COLUMN waits BOOLEAN;   -- NULL: it does not
