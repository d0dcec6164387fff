-- Billing accounts: one for each contact that has ordered or signed, for ever. Owner: fibermap/order. The number is read
-- out on the phone: `A`, seven digits drawn at random, and their check digit by Damm's quasigroup.
CREATE TABLE account (
    account_number VARCHAR PRIMARY KEY,
    contact_id BIGINT NOT NULL UNIQUE,
    opened_at TIMESTAMPTZ NOT NULL
);

-- Those who have ordered or signed before there were accounts. A NULL here, which the table refuses, would say that too
-- few numbers were drawn.
INSERT INTO account
WITH customer AS (
    SELECT contact_id, row_number() OVER (ORDER BY hash(contact_id)) AS place FROM (
        SELECT contact_id FROM customer_order
        UNION SELECT l.contact_id FROM commitment c JOIN lead l USING (lead_id)
    )
),
drawn AS (
    SELECT DISTINCT lpad(floor(random() * 10000000)::BIGINT::VARCHAR, 7, '0') AS digits
    FROM range(coalesce((SELECT 2 * count(*) + 100 FROM customer), 0))
),
checked AS (   -- each row of the quasigroup is ten digits of this text; what was read so far is the row, the next digit the column
    SELECT digits, row_number() OVER (ORDER BY hash(digits)) AS place,
           list_reduce(
               list_prepend(0, string_split(digits, '')::INTEGER[]),
               lambda interim, digit: substr(
                   '0317598642709215486342068713591750983426612304597836742095815869720134894536201794386172052581436790',
                   10 * interim + digit + 1, 1)::INTEGER
           ) AS check_digit
    FROM drawn
)
SELECT 'A' || digits || check_digit, contact_id, now() FROM customer LEFT JOIN checked USING (place);
