-- An order or pre-order that was begun and is not finished. Owner: fibermap/order. Who somebody is stands here nowhere: only
-- where they agreed that it is kept is there a lead, with its contact and consent.
CREATE TABLE sale_draft (
    draft_id BIGINT PRIMARY KEY,
    address_id BIGINT NOT NULL,
    offer_id BIGINT NOT NULL,
    add_on_ids VARCHAR NOT NULL,    -- JSON
    sale VARCHAR NOT NULL,          -- order | pre-order: what it would have been when it was begun
    channel VARCHAR NOT NULL, rep VARCHAR,
    lead_id BIGINT,                 -- NULL: nobody has said that they may be remembered
    state VARCHAR NOT NULL,         -- open | finished | given_up | expired
    became VARCHAR, became_id BIGINT,   -- commitment | order: what it was finished as
    begun_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
