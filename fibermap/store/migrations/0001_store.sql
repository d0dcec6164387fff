-- What the store itself needs: published events and who has received them.
CREATE SEQUENCE event_id_sequence;

-- One row per published event, written in the transaction that caused it; never changed afterwards.
CREATE TABLE event (
    event_id BIGINT PRIMARY KEY,
    type VARCHAR NOT NULL,
    at_utc TIMESTAMPTZ NOT NULL,
    cause VARCHAR NOT NULL,
    plan_version BIGINT,          -- NULL where the event belongs to no plan version
    address_id BIGINT,            -- NULL where the event is about a batch
    payload JSON NOT NULL
);

CREATE TABLE subscription (
    subscriber VARCHAR PRIMARY KEY,
    event_types VARCHAR[] NOT NULL,
    after_event_id BIGINT NOT NULL, -- events up to and including this one are not for the subscriber
    created_at_utc TIMESTAMPTZ NOT NULL,
    retired_at_utc TIMESTAMPTZ      -- NULL while it receives
);

-- A mark per subscriber and event, written with the effects of the event. No row: not tried yet.
CREATE TABLE delivery (
    subscriber VARCHAR NOT NULL,
    event_id BIGINT NOT NULL,
    state VARCHAR NOT NULL CHECK (state IN ('delivered', 'waiting', 'parked')),
    attempts INTEGER NOT NULL,
    marked_at_utc TIMESTAMPTZ NOT NULL,
    next_attempt_at_utc TIMESTAMPTZ, -- NULL unless waiting
    error VARCHAR,                   -- the last failure; NULL where there was none
    PRIMARY KEY (subscriber, event_id)
);
