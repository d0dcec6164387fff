-- What administrators look after. Owner of audit_entry: fibermap/access. Owner of server_setting: fibermap/store.

CREATE SEQUENCE audit_id_sequence;

-- Who did what, and what that changed: one row per command that changed something, written in the transaction of the change; never changed afterwards.
CREATE TABLE audit_entry (
    audit_id BIGINT PRIMARY KEY,    -- ascending; gaps mean nothing
    happened_at TIMESTAMPTZ NOT NULL,
    actor_id VARCHAR NOT NULL,      -- user:ID, key:ID, local or server
    actor VARCHAR NOT NULL,         -- what a person calls it
    way VARCHAR NOT NULL,           -- screen | http | cli | python | server
    command VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,       -- what it is about, for people
    before VARCHAR NOT NULL,        -- JSON: rows as they were, bounded; see fibermap/access/audit.py
    after VARCHAR NOT NULL,         -- JSON: ... and as they are
    plan_version INTEGER            -- NULL where it made none
);

-- What the server does by itself.
CREATE TABLE server_setting (
    name VARCHAR PRIMARY KEY,       -- backup_schedule
    value VARCHAR NOT NULL,         -- JSON
    changed_by VARCHAR NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
