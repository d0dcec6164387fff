-- The address entity. Owner: fibermap/address.

-- Foreign keys of later slices point here and nowhere else; a row is never changed or deleted.
CREATE TABLE address_key (address_id BIGINT PRIMARY KEY);

-- One row per address record that a source held, as the source said it, normalised beside it. Immutable but for to_version.
CREATE TABLE source_record (
    record_id BIGINT NOT NULL,
    source_id BIGINT NOT NULL,
    layer VARCHAR NOT NULL,
    row BIGINT NOT NULL,            -- 1-based ordinal in the layer
    source_fid VARCHAR,             -- the source's own id
    attributes VARCHAR NOT NULL,    -- JSON, every field of the source
    number_prefix VARCHAR, number INTEGER, number_suffix VARCHAR,
    pre_modifier VARCHAR, pre_directional VARCHAR, pre_type VARCHAR, street_name VARCHAR,
    post_type VARCHAR, post_directional VARCHAR, post_modifier VARCHAR,
    building VARCHAR, floor VARCHAR, unit_type VARCHAR, unit VARCHAR,
    city VARCHAR, state VARCHAR, zip VARCHAR, zip4 VARCHAR, county VARCHAR, country VARCHAR,
    delivery_line VARCHAR NOT NULL, -- number, street and unit as USPS writes them
    street_key VARCHAR NOT NULL,
    place_key VARCHAR NOT NULL,     -- number, street and unit; the canonical key without its ZIP or city
    identity_basis VARCHAR NOT NULL, -- what a new address gets its id from
    building_basis VARCHAR,         -- the address without its unit, NULL without a number
    lon DOUBLE, lat DOUBLE,         -- EPSG:4326; NULL: no usable position
    placement VARCHAR,              -- rooftop, parcel, street ..., as the source says
    type_raw VARCHAR, kind VARCHAR NOT NULL, serviceable BOOLEAN NOT NULL,
    fcc_location_id VARCHAR, structure_id VARCHAR, parcel_id VARCHAR,
    unit_count INTEGER,
    status VARCHAR,                 -- build | pre-build | out-of-coverage where the source itself says so
    terminal_name VARCHAR,          -- the terminal that the design assigns
    content UHUGEINT NOT NULL,      -- equal content, equal record
    from_version INTEGER NOT NULL, to_version INTEGER
);

-- Which address each record is a record of.
CREATE TABLE record_address (
    record_id BIGINT NOT NULL,
    address_id BIGINT NOT NULL,
    canonical_key VARCHAR NOT NULL,
    content UHUGEINT NOT NULL,
    from_version INTEGER NOT NULL, to_version INTEGER
);

CREATE TABLE address (
    address_id BIGINT NOT NULL,
    location_id BIGINT NOT NULL,
    fcc_location_id VARCHAR,
    number_prefix VARCHAR, number INTEGER, number_suffix VARCHAR,
    pre_modifier VARCHAR, pre_directional VARCHAR, pre_type VARCHAR, street_name VARCHAR,
    post_type VARCHAR, post_directional VARCHAR, post_modifier VARCHAR,
    building VARCHAR, floor VARCHAR, unit_type VARCHAR, unit VARCHAR,
    city VARCHAR, state VARCHAR, zip VARCHAR, zip4 VARCHAR, county VARCHAR, country VARCHAR,
    delivery_line VARCHAR NOT NULL, full_address VARCHAR NOT NULL,
    street_key VARCHAR NOT NULL,
    canonical_key VARCHAR NOT NULL,
    lon DOUBLE, lat DOUBLE,
    placement VARCHAR,
    kind VARCHAR NOT NULL, serviceable BOOLEAN NOT NULL, type_raw VARCHAR,
    unit_count INTEGER,             -- units of a building that has no list of them
    provisional BOOLEAN NOT NULL,   -- generated or entered by a person, not yet seen in a source
    filled VARCHAR,                 -- comma-separated fields taken from boundary polygons, NULL where none
    corrected VARCHAR,              -- comma-separated fields that a person's correction decides, NULL where none
    status VARCHAR, terminal_name VARCHAR,
    record_id BIGINT,               -- the record that names and places it; NULL for a provisional address
    records INTEGER NOT NULL,       -- how many records it has
    listed BOOLEAN NOT NULL,        -- the sources that it is made of permit lists,
    answerable BOOLEAN NOT NULL,    -- ... public answers,
    sellable BOOLEAN NOT NULL,      -- ... sales
    content UHUGEINT NOT NULL,
    from_version INTEGER NOT NULL, to_version INTEGER
);

-- Merged and renamed ids lead to their survivor.
CREATE TABLE redirect (
    address_id BIGINT NOT NULL,
    survivor_id BIGINT NOT NULL,
    content UHUGEINT NOT NULL,
    from_version INTEGER NOT NULL, to_version INTEGER
);

-- What a person knows better than a source: a layer over the sources that no refresh overwrites.
CREATE TABLE correction (
    correction_id BIGINT NOT NULL,
    kind VARCHAR NOT NULL,          -- add | move | retype | split | retire
    address_id BIGINT NOT NULL,
    fields VARCHAR NOT NULL,        -- JSON: the address fields that it decides
    source_fields VARCHAR,          -- JSON: what the sources said of them when it was made
    author VARCHAR NOT NULL, reason VARCHAR NOT NULL, made_at TIMESTAMPTZ NOT NULL,
    from_version INTEGER NOT NULL, to_version INTEGER
);

-- How far each unit is connected. Changes only by events.
CREATE TABLE connectivity (
    address_id BIGINT PRIMARY KEY,
    state VARCHAR NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    cause VARCHAR NOT NULL
);
CREATE TABLE connectivity_change (
    address_id BIGINT NOT NULL,
    before VARCHAR NOT NULL, after VARCHAR NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    cause VARCHAR NOT NULL
);

-- Pairs that may be one address, with the reason why no rule merged them.
CREATE TABLE duplicate_review (
    review_id BIGINT NOT NULL,
    record_id BIGINT NOT NULL, other_record_id BIGINT NOT NULL,
    reason VARCHAR NOT NULL,        -- see Reason in fibermap/address/linkage.py
    distance_m DOUBLE,
    content UHUGEINT NOT NULL,
    from_version INTEGER NOT NULL, to_version INTEGER
);

-- Where every merged or renamed id leads now, through any number of merges.
CREATE VIEW survivor AS
WITH RECURSIVE chain AS (
    SELECT address_id, survivor_id, 1 AS hops FROM redirect WHERE to_version IS NULL
    UNION ALL
    SELECT chain.address_id, next.survivor_id, hops + 1
    FROM chain JOIN redirect next ON next.address_id = chain.survivor_id AND next.to_version IS NULL
    WHERE hops < 50
)
SELECT address_id, arg_max(survivor_id, hops) AS survivor_id FROM chain GROUP BY address_id;

-- How far each unit is connected, with what was recorded under ids that have been merged into it; the furthest counts.
CREATE VIEW unit_connectivity AS
SELECT coalesce(s.survivor_id, c.address_id) AS address_id,
       arg_max(c.state, (list_position(['none', 'passed', 'disconnected', 'drop_installed', 'ont_installed',
                                        'suspended', 'active'], c.state), c.since)) AS state
FROM connectivity c LEFT JOIN survivor s ON s.address_id = c.address_id GROUP BY 1;
