-- What is sold: every revision of every offering. Owner: fibermap/order.

-- What was stated stays as it is, for it may have been sold; only the end of a revision is written later.
CREATE TABLE offering (
    offer_id BIGINT PRIMARY KEY,    -- of this revision; what a sale is recorded with
    code VARCHAR NOT NULL,
    revision INTEGER NOT NULL,      -- 1, 2, 3 ... of the code
    name VARCHAR NOT NULL,
    provider VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,          -- plan | add-on | bundle
    technology VARCHAR,
    monthly_cents BIGINT NOT NULL,  -- minor units, without taxes
    currency VARCHAR NOT NULL,
    valid_from DATE NOT NULL,
    valid_until DATE,               -- the last day of sale that was stated
    terms VARCHAR NOT NULL,         -- JSON: everything that was stated, regions and broadband label included
    author VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    stated_at TIMESTAMPTZ NOT NULL,
    ended_on DATE,                  -- the first day on which it is not sold any more, by a revision or because it was retired
    end_reason VARCHAR,
    changed_at TIMESTAMPTZ NOT NULL,
    UNIQUE (code, revision)
);

-- The identifier on a broadband label is one offering's for ever, also after that one is gone.
CREATE TABLE broadband_label (plan_identifier VARCHAR PRIMARY KEY, code VARCHAR NOT NULL);
