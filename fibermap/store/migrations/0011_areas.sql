-- What planners draw and weigh up before it is true. Owner: fibermap/coverage.

-- What a person knows better than a source of one of its areas: a layer over the source that no refresh overwrites.
CREATE TABLE area_override (
    feature_id BIGINT NOT NULL,
    fields VARCHAR NOT NULL,        -- JSON: the fields that the person decides; geometry as WKB in hex, role 'retired'
    said_then VARCHAR NOT NULL,     -- JSON: what the source said of them when they were decided
    says_now VARCHAR NOT NULL,      -- JSON: what it said of them when it last said anything
    author VARCHAR NOT NULL, reason VARCHAR NOT NULL, made_at TIMESTAMPTZ NOT NULL,
    from_version INTEGER NOT NULL, to_version INTEGER
);

-- Edits that are not published yet, one row per draft; kept while somebody draws, so that nothing that was saved is lost.
CREATE TABLE area_draft (
    draft_id BIGINT PRIMARY KEY,
    author VARCHAR NOT NULL,        -- the only one who may change or publish it
    title VARCHAR NOT NULL,
    edits VARCHAR NOT NULL,         -- JSON: a list of edits
    bases VARCHAR NOT NULL,         -- JSON: area -> the version of it that the edits were made on
    revision INTEGER NOT NULL,      -- counts the saves, so that two windows cannot overwrite one another
    state VARCHAR NOT NULL,         -- open | published | discarded
    created_at TIMESTAMPTZ NOT NULL, saved_at TIMESTAMPTZ NOT NULL,
    plan_version INTEGER            -- that it was published as
);

-- What building costs and earns, by name; the latest row of a name counts, the others are its history.
CREATE TABLE unit_cost (
    name VARCHAR NOT NULL,
    value DOUBLE NOT NULL,          -- the unit is last in the name
    author VARCHAR NOT NULL, reason VARCHAR NOT NULL, set_at TIMESTAMPTZ NOT NULL
);

-- What-if questions that somebody kept to compare, with the answers that they got.
CREATE TABLE scenario (
    scenario_id BIGINT PRIMARY KEY,
    title VARCHAR NOT NULL, author VARCHAR NOT NULL,
    question VARCHAR NOT NULL, answer VARCHAR NOT NULL,     -- JSON
    plan_version INTEGER NOT NULL,
    saved_at TIMESTAMPTZ NOT NULL,
    removed_at TIMESTAMPTZ          -- NULL while it is listed
);
