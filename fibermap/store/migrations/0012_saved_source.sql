-- Sources that come again and again. Owner: fibermap/ingest.

-- What a source is and how it is taken, under the name that its records and areas carry.
CREATE TABLE saved_source (
    name VARCHAR PRIMARY KEY,
    url VARCHAR,                    -- address of a live layer; NULL: its files are sent by hand
    role VARCHAR, crs VARCHAR,      -- NULL: as proposed, as the file states
    mappings VARCHAR NOT NULL,      -- JSON: mappings of its layers
    schedule VARCHAR,               -- every 6 hours | daily at 03:00 (UTC); NULL: only when somebody asks
    most_changed DOUBLE NOT NULL,   -- it publishes itself only while at most this share of all addresses changes, 0..1
    author VARCHAR NOT NULL, saved_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ,             -- when it is pulled next; NULL: not by itself
    failures INTEGER NOT NULL       -- pulls that failed in a row
);

-- Every pull, and what a planner decided about one that waited.
CREATE TABLE source_pull (
    name VARCHAR NOT NULL,
    ended_at TIMESTAMPTZ NOT NULL,
    state VARCHAR NOT NULL,         -- published | unchanged | waiting | failed | discarded
    plan_version INTEGER,
    reasons VARCHAR NOT NULL,       -- JSON: why it waits or failed, each with code, message and count
    author VARCHAR NOT NULL
);
