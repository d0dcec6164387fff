-- Who does not want mail. Owner: fibermap/address. No plan version takes it back: what a person asked for outlives the plan.
CREATE TABLE mail_opt_out (
    opt_out_id BIGINT PRIMARY KEY,
    address_id BIGINT NOT NULL,
    reason VARCHAR NOT NULL, author VARCHAR NOT NULL,
    opted_out_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ, ended_by VARCHAR, end_reason VARCHAR   -- NULL: in force
);

-- The addresses that get no mail, under the ids that they have now.
CREATE VIEW mail_opt_out_in_force AS
SELECT DISTINCT coalesce(s.survivor_id, o.address_id) AS address_id
FROM mail_opt_out o LEFT JOIN survivor s ON s.address_id = o.address_id
WHERE o.ended_at IS NULL;
