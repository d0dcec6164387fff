-- Phases opened, whole or in part, and dates that slipped. Owner: fibermap/coverage.

-- A decision to open a phase or a part of it on a day.
CREATE TABLE phase_opening (
    opening_id BIGINT NOT NULL,
    phase VARCHAR NOT NULL,
    part VARCHAR NOT NULL,          -- JSON: cabinets, splitters, terminals, shape (WKB in hex); {} for the whole phase
    network_ready_on DATE NOT NULL, -- from this day on it is build
    sales_open_on DATE NOT NULL,    -- from this day on it is sold
    state VARCHAR NOT NULL,         -- waiting for its day | open
    features VARCHAR NOT NULL,      -- JSON: ids of the areas and of the network that it opens
    author VARCHAR NOT NULL, reason VARCHAR NOT NULL, made_at TIMESTAMPTZ NOT NULL,
    from_version INTEGER NOT NULL, to_version INTEGER
);

-- Areas that were cut out of another one, because only a part of it was opened.
CREATE TABLE phase_part (
    area_id BIGINT NOT NULL,
    parent_id BIGINT NOT NULL,
    whole BLOB NOT NULL,            -- WKB, EPSG:4326: the parent before anything was cut out of it
    from_version INTEGER NOT NULL, to_version INTEGER
);

-- Every move of an expected date, one row per area or piece of network; the first one has the original date.
CREATE TABLE date_slip (
    slip_id BIGINT NOT NULL,
    phase VARCHAR NOT NULL,
    feature_id BIGINT NOT NULL,
    was_on DATE, was_precision VARCHAR,     -- NULL: none was stated
    now_on DATE NOT NULL, now_precision VARCHAR NOT NULL,
    author VARCHAR NOT NULL, reason VARCHAR NOT NULL, made_at TIMESTAMPTZ NOT NULL,
    from_version INTEGER NOT NULL, to_version INTEGER
);
