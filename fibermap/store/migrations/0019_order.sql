-- What is sold, to whom, and where. Owner: fibermap/order. Ids are derived from what identifies a thing, so that work that
-- is done again after a crash gives the same rows. Addresses are kept under the id that was sold to; the view `survivor`
-- leads to the one that they have now.

-- Who is spoken with: personal data stands here and nowhere else in these tables.
CREATE TABLE contact (
    contact_id BIGINT PRIMARY KEY,
    name VARCHAR NOT NULL,
    phone VARCHAR,                  -- E.164
    email VARCHAR,                  -- normalised
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

-- What a contact agreed to, in the words that were shown.
CREATE TABLE consent (
    consent_id BIGINT PRIMARY KEY,
    contact_id BIGINT NOT NULL,
    wording VARCHAR NOT NULL,
    given_at TIMESTAMPTZ NOT NULL,
    channel VARCHAR NOT NULL,
    withdrawn_at TIMESTAMPTZ
);

-- Interest in service at an address.
CREATE TABLE lead (
    lead_id BIGINT PRIMARY KEY,
    address_id BIGINT NOT NULL,
    contact_id BIGINT NOT NULL,
    state VARCHAR NOT NULL,         -- new | qualified | pre-ordered | committed | converted | lost
    lost_reason VARCHAR,
    technology VARCHAR,             -- wanted; NULL: any
    channel VARCHAR NOT NULL,
    rep VARCHAR,                    -- who has the credit
    captured_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

-- One household is one open lead: the key refuses a second one. A closed lead leaves it.
CREATE TABLE household (household_key VARCHAR PRIMARY KEY, lead_id BIGINT NOT NULL);

-- What a second capture of one household was merged into, by which rule, and what it said.
CREATE TABLE lead_merge (
    lead_id BIGINT NOT NULL,
    merged_at TIMESTAMPTZ NOT NULL,
    rule VARCHAR NOT NULL,
    channel VARCHAR NOT NULL, rep VARCHAR,
    said VARCHAR NOT NULL           -- JSON: the fields that differed, without personal data
);

-- A pre-order: a lead's word for an offer, with terms, a locked price and perhaps a deposit.
CREATE TABLE commitment (
    commitment_id BIGINT PRIMARY KEY,
    lead_id BIGINT NOT NULL,
    address_id BIGINT NOT NULL,
    offer_id BIGINT NOT NULL,
    technology VARCHAR NOT NULL,
    state VARCHAR NOT NULL,         -- pre-ordered | committed | waiting | converted | withdrawn
    terms_accepted_at TIMESTAMPTZ NOT NULL,
    terms VARCHAR NOT NULL,         -- the version that was signed
    price VARCHAR NOT NULL,         -- JSON: the lines that were quoted, in minor units
    price_locked_until DATE,
    deposit_id BIGINT,              -- see fibermap/money
    committed_at TIMESTAMPTZ NOT NULL,   -- the place in the queue, with the id after it
    order_id BIGINT,                -- what it became
    changed_at TIMESTAMPTZ NOT NULL
);

-- A named set of coverage areas that people are asked to commit in.
CREATE TABLE zone (
    zone_id BIGINT PRIMARY KEY,
    code VARCHAR NOT NULL,
    public_name VARCHAR NOT NULL,
    priority INTEGER NOT NULL,      -- 1 before 2 where zones overlap
    goal_kind VARCHAR NOT NULL,     -- count | share, of serviceable units
    goal_value DOUBLE NOT NULL,
    counts VARCHAR NOT NULL,        -- JSON: which commitments count
    deadline DATE,
    state VARCHAR NOT NULL,         -- open | closed
    changed_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE zone_area (zone_id BIGINT NOT NULL, area_id BIGINT NOT NULL, PRIMARY KEY (zone_id, area_id));

-- A product order, in the words of TMF622.
CREATE TABLE customer_order (
    order_id BIGINT PRIMARY KEY,
    kind VARCHAR NOT NULL,          -- new | change | move | transfer | cancel
    state VARCHAR NOT NULL,         -- acknowledged | inProgress | pending | held | completed | cancelled | failed | partial | rejected
    held_from VARCHAR,              -- the state that it goes back to once nothing holds it
    address_id BIGINT NOT NULL,
    contact_id BIGINT NOT NULL,
    offer_id BIGINT NOT NULL,
    technology VARCHAR NOT NULL,
    price VARCHAR NOT NULL,         -- JSON: the lines that were agreed, in minor units
    lead_id BIGINT, commitment_id BIGINT,
    previous_order_id BIGINT,       -- what it changes, moves, transfers or cancels
    channel VARCHAR NOT NULL, rep VARCHAR,
    deposit_id BIGINT, payment_method VARCHAR,
    release_on DATE,                -- the wave that it is released in
    placed_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

-- One live order a unit: the key refuses a second one. An order that has ended leaves it.
CREATE TABLE active_order (address_id BIGINT PRIMARY KEY, order_id BIGINT NOT NULL);

-- One port, one order: the key refuses a second one. Ports of a terminal are counted from 1.
CREATE TABLE port_reservation (
    terminal_id BIGINT NOT NULL,
    port INTEGER NOT NULL,
    order_id BIGINT NOT NULL,
    reserved_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (terminal_id, port)
);

-- Who waits for a port of a terminal, in the order of `since`, then of the id.
CREATE TABLE waiting_list (
    order_id BIGINT PRIMARY KEY,
    terminal_id BIGINT NOT NULL,
    since TIMESTAMPTZ NOT NULL
);

-- Every change of state of a lead, a commitment or an order; nothing of it is ever changed.
CREATE TABLE sale_change (
    subject VARCHAR NOT NULL,       -- lead | commitment | order
    subject_id BIGINT NOT NULL,
    address_id BIGINT NOT NULL,
    before VARCHAR, after VARCHAR NOT NULL,
    why VARCHAR,                    -- a code
    detail VARCHAR,                 -- JSON, without personal data
    changed_at TIMESTAMPTZ NOT NULL,
    cause VARCHAR NOT NULL
);

-- What a customer is to be told. It leaves only once its recall window is over.
CREATE TABLE notice (
    notice_id BIGINT PRIMARY KEY,
    contact_id BIGINT NOT NULL,
    kind VARCHAR NOT NULL,          -- order_placed | phase_slipped | ...
    subject VARCHAR NOT NULL, subject_id BIGINT NOT NULL,
    facts VARCHAR NOT NULL,         -- JSON, without personal data
    state VARCHAR NOT NULL,         -- waiting | queued | undeliverable | sent | recalled
    plan_version INTEGER,           -- the version whose recall window it waits for
    queued_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
