-- What was answered to requests that are to be carried out once. Owner: fibermap/access.
CREATE TABLE idempotency_key (
    key_hash VARCHAR PRIMARY KEY,   -- of caller, method, path and key
    caller VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    fingerprint VARCHAR NOT NULL,   -- of the body
    status INTEGER NOT NULL,
    answer VARCHAR NOT NULL,        -- JSON: ids and states, never who a customer is
    made_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
