-- Plan versions: the ruler that every temporal table is measured on. A row of a temporal table holds from
-- from_version up to, but not including, to_version; NULL means that it still holds. Undo appends a version that
-- holds what held before, and nothing is ever deleted.
CREATE TABLE plan_version (
    version INTEGER PRIMARY KEY,
    kind VARCHAR NOT NULL,          -- promote | undo | correction | hold | area | permission | settings
    label VARCHAR NOT NULL,         -- what a person reads in the list of versions
    author VARCHAR NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    undoes INTEGER,                 -- the version that this one takes back
    summary VARCHAR NOT NULL        -- JSON: counts by class, flips, files
);

-- The settings that verdicts depend on, as they stood in each version: what one person's environment says decides nothing.
CREATE TABLE rule_setting (
    name VARCHAR NOT NULL,
    value VARCHAR NOT NULL,         -- JSON
    from_version INTEGER NOT NULL, to_version INTEGER
);
