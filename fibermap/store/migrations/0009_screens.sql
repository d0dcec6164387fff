-- What the screens stand on. Owner of sign_in_link: fibermap/access. Owner of screen_setting: fibermap/screens.

-- Links that let somebody in once, without a password. The token itself is shown once and kept nowhere.
CREATE TABLE sign_in_link (
    token_hash VARCHAR PRIMARY KEY, -- SHA-256 of the token in the link, hexadecimal
    user_id BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ             -- NULL: lets in for as long as it has not expired
);

-- What everybody's screens have in common. No verdict depends on it; what one does depend on is a rule_setting.
CREATE TABLE screen_setting (
    name VARCHAR PRIMARY KEY,       -- map
    value VARCHAR NOT NULL,         -- JSON, see fibermap/screens/map_settings.py
    changed_by VARCHAR NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
