-- What is planned and built, and what follows for each address. Owner: fibermap/coverage.

-- Everything a plan or map source holds that is not an address record, by role.
CREATE TABLE plan_feature (
    feature_id BIGINT NOT NULL,
    source_id BIGINT,               -- NULL: drawn by a person
    role VARCHAR NOT NULL,          -- coverage | exclusion | network_points | network_lines | barrier | boundary | ...
    kind VARCHAR,                   -- terminal, cabinet, river, railway, zip, city ...
    layer VARCHAR NOT NULL, row BIGINT NOT NULL, folder VARCHAR NOT NULL,
    source_fid VARCHAR, name VARCHAR,
    source_class VARCHAR,           -- build | pre-build as the source says
    override_class VARCHAR,         -- ... as a person says; wins
    override_live_on DATE,          -- since when, as the same person says
    class VARCHAR,                  -- what counts: the person's word, the source's, or what a distance rule assumes
    status_word VARCHAR, status_from VARCHAR,   -- the word that was read, and where
    technology VARCHAR, phase VARCHAR, priority INTEGER,
    cabinet VARCHAR, splitter VARCHAR, terminal_name VARCHAR,
    ports_total INTEGER, ports_free INTEGER,
    expected_live_on DATE, expected_precision VARCHAR,
    live_on DATE, network_ready_on DATE, sales_open_on DATE,
    geometry BLOB NOT NULL,         -- WKB, EPSG:4326, longitude first
    west DOUBLE NOT NULL, south DOUBLE NOT NULL, east DOUBLE NOT NULL, north DOUBLE NOT NULL,
    size_m DOUBLE,                  -- square metres of an area, metres of a line
    attributes VARCHAR NOT NULL,
    content UHUGEINT NOT NULL,      -- of what the source says
    from_version INTEGER NOT NULL, to_version INTEGER
);

-- Distance rules that a person said yes to.
CREATE TABLE distance_rule (
    rule_id BIGINT NOT NULL,
    target VARCHAR NOT NULL,        -- terminal | route
    technology VARCHAR NOT NULL,
    limit_m DOUBLE NOT NULL,
    author VARCHAR NOT NULL,
    from_version INTEGER NOT NULL, to_version INTEGER
);

-- The verdict in force, one row per address and planned technology.
CREATE TABLE verdict (
    address_id BIGINT NOT NULL,
    technology VARCHAR NOT NULL,
    class VARCHAR NOT NULL,         -- build | pre-build | out-of-coverage | unknown
    evidence VARCHAR NOT NULL,      -- area | design_terminal | terminal | route | source_status | none | no_position
    feature_id BIGINT,              -- the area, terminal or route that decides
    rule_id BIGINT,
    terminal_id BIGINT,             -- the terminal that would serve it, whatever decides the class; NULL: none in reach
    drop_m DOUBLE,                  -- straight metres on the ground to it
    confidence VARCHAR NOT NULL,    -- high | medium | low
    expected_live_on DATE, expected_precision VARCHAR,
    best BOOLEAN NOT NULL,          -- the address takes its class from this technology
    version INTEGER NOT NULL        -- the plan version that it was last changed in
);

-- Every change of a verdict: the change set of a batch, and the history.
CREATE TABLE verdict_change (
    batch_id BIGINT NOT NULL,
    version INTEGER NOT NULL,
    address_id BIGINT NOT NULL,
    technology VARCHAR NOT NULL,
    from_class VARCHAR, to_class VARCHAR,           -- NULL: the address was not there, or is gone
    from_feature_id BIGINT, to_feature_id BIGINT,
    from_expected_live_on DATE, to_expected_live_on DATE
);

-- Things worth a look that never change the class by themselves.
CREATE TABLE flag (
    address_id BIGINT NOT NULL,
    code VARCHAR NOT NULL,          -- drop_over_limit | drop_crosses | footprint_class_differs | near_edge | conflicting_areas
    detail VARCHAR NOT NULL         -- JSON
);

-- Reasons why what is there may not be sold: class unchanged, orderable false.
CREATE TABLE hold (
    hold_id BIGINT NOT NULL,
    scope VARCHAR NOT NULL,         -- address | building | area
    address_id BIGINT, location_id BIGINT,
    geometry BLOB, west DOUBLE, south DOUBLE, east DOUBLE, north DOUBLE,
    code VARCHAR NOT NULL,          -- easement_refused | no_mdu_agreement | do_not_serve | owner_refusal | unsafe | exclusion
    reason VARCHAR NOT NULL, author VARCHAR NOT NULL, document VARCHAR,
    review_on DATE,
    feature_id BIGINT,              -- the exclusion area it comes from
    placed_at TIMESTAMPTZ NOT NULL,
    from_version INTEGER NOT NULL, to_version INTEGER
);

-- The holds in force on each address, derived from hold.
CREATE TABLE address_hold (address_id BIGINT NOT NULL, hold_id BIGINT NOT NULL);
