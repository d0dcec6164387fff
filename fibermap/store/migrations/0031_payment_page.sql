-- Payments at a page of the gateway: no token is known beforehand, and the customer may take their time. Owner: fibermap/money.
ALTER TABLE payment RENAME TO payment_by_token;
CREATE TABLE payment (
    payment_id BIGINT PRIMARY KEY,          -- follows from the key
    idempotency_key VARCHAR NOT NULL UNIQUE,
    purpose VARCHAR NOT NULL,               -- deposit
    party VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    token VARCHAR,                          -- the gateway's name for the card, never a card number; NULL: paid at a page
    gateway VARCHAR NOT NULL,               -- simulated | stripe
    state VARCHAR NOT NULL CHECK (state IN ('intended', 'calling', 'unknown', 'awaiting', 'captured', 'failed')),
    gateway_id VARCHAR,                     -- the gateway's payment intent; NULL before it is known
    failure VARCHAR,                        -- the gateway's word for why it failed
    intended_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
INSERT INTO payment BY NAME SELECT * FROM payment_by_token;
DROP TABLE payment_by_token;

-- The page of a payment that is made at one.
CREATE TABLE payment_page (
    payment_id BIGINT PRIMARY KEY,
    return_url VARCHAR NOT NULL,            -- of this house: where the customer comes back to, paid or not
    expires_at TIMESTAMPTZ NOT NULL,        -- nobody can pay there afterwards
    page_id VARCHAR,                        -- the gateway's; NULL before it is known
    url VARCHAR,                            -- where the customer pays; NULL before it is known
    looked_at TIMESTAMPTZ,                  -- when the gateway was last asked for it
    closing_at TIMESTAMPTZ                  -- since when nobody is to pay there any more; NULL: somebody may
);

-- The pages of the simulated gateway: its own books, as a real one keeps them elsewhere.
CREATE TABLE simulated_page (
    page_id VARCHAR PRIMARY KEY,            -- random, since whoever knows it may pay
    idempotency_key VARCHAR NOT NULL UNIQUE,
    currency VARCHAR NOT NULL,
    amount BIGINT NOT NULL,
    description VARCHAR NOT NULL,
    return_url VARCHAR NOT NULL,
    status VARCHAR NOT NULL CHECK (status IN ('open', 'complete', 'expired')),
    opened_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
