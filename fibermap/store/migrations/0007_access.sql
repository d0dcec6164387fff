-- Who may ask and who may change. Owner: fibermap/access. Missing addresses that people report: fibermap/address.

-- Keys of programs. The key itself is shown once and kept nowhere.
CREATE TABLE api_key (
    key_id BIGINT PRIMARY KEY,
    name VARCHAR NOT NULL,
    hint VARCHAR NOT NULL,          -- how the key begins, for recognition
    hash VARCHAR NOT NULL,          -- SHA-256 of the key, hexadecimal
    scopes VARCHAR NOT NULL,        -- as given, comma between; see Scope in fibermap/access/model.py
    rate_per_s DOUBLE,              -- requests a second in the long run; NULL: the default of its scopes
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,       -- to about half a minute
    revoked_at TIMESTAMPTZ
);

-- People.
CREATE TABLE user_account (
    user_id BIGINT PRIMARY KEY,
    name VARCHAR NOT NULL,          -- what they log in with, lower case
    roles VARCHAR NOT NULL,         -- comma between; see Role in fibermap/access/model.py
    password_hash VARCHAR NOT NULL, -- argon2id, with its salt and costs
    created_at TIMESTAMPTZ NOT NULL,
    disabled_at TIMESTAMPTZ
);

-- Every login, current or over.
CREATE TABLE user_session (
    token_hash VARCHAR PRIMARY KEY, -- SHA-256 of the token in the cookie, hexadecimal
    user_id BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,   -- to about half a minute
    ended_at TIMESTAMPTZ            -- logged out, or ended by a new password or by disabling; NULL: may also have expired
);

-- What somebody says is missing. A person looks at it; it never becomes an address by itself.
CREATE TABLE missing_report (
    report_id BIGINT PRIMARY KEY,
    text VARCHAR NOT NULL,          -- the address as typed
    note VARCHAR,
    lon DOUBLE, lat DOUBLE,         -- where they say it is, EPSG:4326
    reporter VARCHAR NOT NULL,      -- key:ID or user:ID
    reported_at TIMESTAMPTZ NOT NULL,
    state VARCHAR NOT NULL          -- open | accepted | refused
);
