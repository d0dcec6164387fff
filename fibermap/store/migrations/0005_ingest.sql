-- Where everything came from. Owner: fibermap/ingest.
CREATE TABLE source (
    source_id BIGINT PRIMARY KEY,
    name VARCHAR NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

-- What each source may be used for. Temporal, so that an undo takes back a change of licence like everything else.
CREATE TABLE source_terms (
    source_id BIGINT NOT NULL,
    licence VARCHAR NOT NULL,
    permitted_uses VARCHAR NOT NULL,    -- comma-separated: filing, challenge, planning, lists, public_answers, sales
    profile VARCHAR,
    content UHUGEINT NOT NULL,
    from_version INTEGER NOT NULL, to_version INTEGER
);

-- One row per file or layer taken in, with the conservation law on it.
CREATE TABLE source_revision (
    revision_id BIGINT NOT NULL,
    source_id BIGINT NOT NULL,
    path VARCHAR NOT NULL,          -- file name without its directory, or address without its token
    layer VARCHAR NOT NULL,
    layer_key VARCHAR NOT NULL,         -- the layer's name when it was first seen: ids survive a renamed file
    crs VARCHAR NOT NULL,
    read BIGINT NOT NULL, ingested BIGINT NOT NULL, repaired BIGINT NOT NULL,
    quarantined BIGINT NOT NULL, set_aside BIGINT NOT NULL,
    mapping VARCHAR NOT NULL,       -- JSON: role and fields as they were taken
    content UHUGEINT NOT NULL,
    from_version INTEGER NOT NULL, to_version INTEGER
);

-- Everything that was read and not ingested as it stood, with reason and pointer.
CREATE TABLE rejection (
    rejection_id BIGINT NOT NULL,
    source_id BIGINT NOT NULL,
    path VARCHAR NOT NULL, layer VARCHAR NOT NULL, row BIGINT NOT NULL, part INTEGER,
    outcome VARCHAR NOT NULL, reason VARCHAR NOT NULL, detail VARCHAR NOT NULL,
    name VARCHAR, source_fid VARCHAR,
    geometry BLOB, attributes VARCHAR NOT NULL,
    content UHUGEINT NOT NULL,
    from_version INTEGER NOT NULL, to_version INTEGER
);

-- What a person answered once and is not asked again.
CREATE TABLE status_word (
    word VARCHAR PRIMARY KEY,
    answer VARCHAR NOT NULL,        -- build | pre-build | ignored
    author VARCHAR NOT NULL, answered_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE type_word (
    word VARCHAR PRIMARY KEY,
    answer VARCHAR NOT NULL,        -- residential | business | institution | none
    author VARCHAR NOT NULL, answered_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE mapping_profile (
    name VARCHAR PRIMARY KEY,
    profile VARCHAR NOT NULL,       -- JSON
    saved_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE permission_override (
    source_id BIGINT NOT NULL,
    uses VARCHAR NOT NULL, reason VARCHAR NOT NULL, author VARCHAR NOT NULL, made_at TIMESTAMPTZ NOT NULL,
    from_version INTEGER NOT NULL, to_version INTEGER
);
