-- Money: a double-entry ledger, payments, deposits, refunds. Owner: fibermap/money.
-- Amounts are integers of the currency's minor unit (cents). In the ledger a debit is positive and a credit negative.

CREATE TABLE ledger_account (
    account VARCHAR PRIMARY KEY,
    kind VARCHAR NOT NULL CHECK (kind IN ('asset', 'liability', 'income', 'expense')),
    name VARCHAR NOT NULL
);
INSERT INTO ledger_account VALUES
    ('gateway_clearing', 'asset', 'Held by the payment gateway, not yet paid out'),
    ('bank', 'asset', 'Bank and cash'),
    ('customer_deposits', 'liability', 'Deposits of customers'),
    ('customer_credits', 'liability', 'Credits of customers, to be set against what they owe'),
    ('refunds_payable', 'liability', 'Refunds promised and not yet paid back'),
    ('forfeited_deposits', 'income', 'Deposits that customers forfeited');

CREATE SEQUENCE ledger_transaction_sequence;

-- One thing that happened to money. Never changed, never deleted: what was wrong is reversed.
CREATE TABLE ledger_transaction (
    transaction_id BIGINT PRIMARY KEY,      -- ascending; gaps mean nothing
    source VARCHAR NOT NULL UNIQUE,         -- what it comes from, once: deposit:12:applied
    reverses BIGINT UNIQUE,                 -- the transaction that it takes back; NULL for most
    cause VARCHAR NOT NULL,
    posted_at TIMESTAMPTZ NOT NULL
);

-- Its lines. Those of one transaction sum to zero in each currency.
CREATE TABLE ledger_entry (
    transaction_id BIGINT NOT NULL,
    account VARCHAR NOT NULL,
    party VARCHAR NOT NULL,                 -- whose it is: lead:12, order:7; '' for nobody's
    reference VARCHAR NOT NULL,             -- what it is about: deposit:12; '' for nothing
    currency VARCHAR NOT NULL CHECK (length(currency) = 3),
    amount BIGINT NOT NULL CHECK (amount <> 0)
);

-- What was asked of a payment gateway. The row is committed before the gateway is called.
CREATE TABLE payment (
    payment_id BIGINT PRIMARY KEY,          -- follows from the key
    idempotency_key VARCHAR NOT NULL UNIQUE,
    purpose VARCHAR NOT NULL,               -- deposit
    party VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    token VARCHAR NOT NULL,                 -- the gateway's name for the card; never a card number
    gateway VARCHAR NOT NULL,               -- simulated | stripe
    state VARCHAR NOT NULL CHECK (state IN ('intended', 'calling', 'unknown', 'captured', 'failed')),
    gateway_id VARCHAR,                     -- the gateway's payment intent; NULL before it is known
    failure VARCHAR,                        -- the gateway's word for why it failed
    intended_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

-- A captured payment that is carried as a liability until it is applied, paid back or forfeited, always as a whole.
CREATE TABLE deposit (
    deposit_id BIGINT PRIMARY KEY,          -- its payment's
    party VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    state VARCHAR NOT NULL CHECK (state IN ('held', 'applied', 'forfeited', 'refunding', 'refunded')),
    credited_to VARCHAR,                    -- whose credit it became; NULL where it did not
    taken_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

-- A deposit on its way back. One that cannot go back to the card waits for a person.
CREATE TABLE refund (
    refund_id BIGINT PRIMARY KEY,           -- follows from the deposit
    deposit_id BIGINT NOT NULL UNIQUE,
    idempotency_key VARCHAR NOT NULL,       -- refund:REFUND_ID
    gateway VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    state VARCHAR NOT NULL CHECK (state IN ('intended', 'calling', 'unknown', 'pending', 'paid', 'manual', 'closed')),
    gateway_id VARCHAR,
    failure VARCHAR,
    reason VARCHAR NOT NULL,
    author VARCHAR NOT NULL,
    paid_by VARCHAR,                        -- cheque | bank_transfer | cash | other: how a person paid it back
    note VARCHAR,
    closed_by VARCHAR,
    intended_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

-- What a payment gateway told of its own accord, as it arrived.
CREATE TABLE payment_webhook (
    webhook_id VARCHAR PRIMARY KEY,         -- the gateway's event id
    gateway VARCHAR NOT NULL,
    type VARCHAR NOT NULL,
    happened_at TIMESTAMPTZ NOT NULL,       -- by the gateway's clock
    received_at TIMESTAMPTZ NOT NULL,
    effect VARCHAR NOT NULL,                -- applied | unchanged | ignored
    body VARCHAR NOT NULL
);

-- The simulated gateway's own books. They stand for what a real one keeps outside this database.
CREATE TABLE simulated_charge (
    idempotency_key VARCHAR PRIMARY KEY,
    gateway_id VARCHAR NOT NULL,
    token VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    amount BIGINT NOT NULL,
    status VARCHAR NOT NULL,
    failure VARCHAR,
    made_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE simulated_refund (
    idempotency_key VARCHAR PRIMARY KEY,
    gateway_id VARCHAR NOT NULL,
    charge_id VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    amount BIGINT NOT NULL,
    status VARCHAR NOT NULL,
    failure VARCHAR,
    made_at TIMESTAMPTZ NOT NULL
);

-- What each account holds in whose name, in the account's own direction: an asset in debit and a liability in credit are positive.
CREATE VIEW ledger_balance AS
SELECT e.account, a.kind, e.party, e.reference, e.currency,
       sum(CASE WHEN a.kind IN ('asset', 'expense') THEN e.amount ELSE -e.amount END)::BIGINT AS amount,
       count(*) AS entries
FROM ledger_entry e JOIN ledger_account a USING (account)
GROUP BY ALL;

-- The refunds that wait for a person.
CREATE VIEW refund_worklist AS
SELECT r.refund_id, r.deposit_id, d.party, r.currency, r.amount, r.failure, r.reason, r.author, r.intended_at,
       r.changed_at AS waiting_since
FROM refund r JOIN deposit d USING (deposit_id)
WHERE r.state = 'manual';
