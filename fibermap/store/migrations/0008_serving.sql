-- What was asked and what was answered. Owner: fibermap/serving.
CREATE TABLE address_check (
    check_id VARCHAR NOT NULL,      -- as the answer names it
    checked_at TIMESTAMPTZ NOT NULL,
    data_version VARCHAR NOT NULL,  -- the state that it rested on
    caller VARCHAR NOT NULL,        -- key:ID or user:ID, '' for this program itself
    channel VARCHAR,
    q VARCHAR,                      -- as typed; NULL once its time is over
    asked_on DATE,                  -- the date asked about
    lon DOUBLE, lat DOUBLE,         -- the place asked about, EPSG:4326
    status VARCHAR NOT NULL, next_action VARCHAR NOT NULL, score DOUBLE NOT NULL,
    address_id BIGINT,              -- the best candidate, whatever the status
    class VARCHAR, orderable BOOLEAN    -- NULL: no verdict was given
);
