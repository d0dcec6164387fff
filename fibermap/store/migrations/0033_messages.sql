-- How far a notice is on its way out. Owner: fibermap/order. Beside the states of 0019 it is `sending` while a messenger has
-- it, then `sent`; `to_call` where there is no e-mail address, `failed` for good, `unknown` where a sending was interrupted,
-- and `told` once a person has told it.
ALTER TABLE notice ADD COLUMN attempts INTEGER DEFAULT 0;
ALTER TABLE notice ADD COLUMN due_at TIMESTAMPTZ;       -- of a queued one that is tried again: not before
ALTER TABLE notice ADD COLUMN failure VARCHAR;          -- a code
ALTER TABLE notice ADD COLUMN told_by VARCHAR;          -- the messenger that took it, or who told it
ALTER TABLE notice ADD COLUMN decided_from VARCHAR;     -- the state that a person took it out of; NULL: nobody has

-- What the SIMULATED messenger would have sent. Owner: fibermap/messages.
CREATE TABLE simulated_message (
    message_key VARCHAR PRIMARY KEY,
    recipient VARCHAR NOT NULL,     -- empty once forgotten
    subject VARCHAR NOT NULL,
    body VARCHAR NOT NULL,
    kept_at TIMESTAMPTZ NOT NULL
);
