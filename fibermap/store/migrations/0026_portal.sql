-- What the server signs with. No question in SQL reads it, and no published copy holds it. Owner: fibermap/access.
CREATE TABLE server_secret (name VARCHAR PRIMARY KEY, value BLOB NOT NULL, made_at TIMESTAMPTZ NOT NULL);
