-- What orders need beside 0019: who holds them, what became of ports, how many are installed a week. Owner: fibermap/order.
ALTER TABLE customer_order ADD COLUMN held_why VARCHAR;             -- a code; 'person': only a person lets it go
ALTER TABLE port_reservation ADD COLUMN installed_at TIMESTAMPTZ;   -- since when a customer is on it

-- How many orders of a technology are released a week in a zone.
CREATE TABLE install_capacity (
    technology VARCHAR NOT NULL,
    zone_id BIGINT NOT NULL,        -- 0: wherever no zone has a number of its own
    weekly INTEGER NOT NULL,
    PRIMARY KEY (technology, zone_id)
);

-- Ports by terminal: what its source says is free and since when it has said exactly this, what has been promised beside
-- that, and what is left. The source says which ports carry nobody; so what is reserved and not installed is always
-- taken off, and what was installed only if that was after the source spoke.
CREATE VIEW terminal_ports AS
WITH said AS (
    SELECT t.feature_id AS terminal_id, any_value(t.ports_free) AS said_free, min(p.created_at) AS said_at
    FROM plan_feature t
    JOIN plan_feature s ON s.feature_id = t.feature_id AND s.content = t.content
    JOIN plan_version p ON p.version = s.from_version
    WHERE t.to_version IS NULL AND t.ports_free IS NOT NULL
    GROUP BY t.feature_id
)
SELECT said.terminal_id, said.said_free, said.said_at, count(r.port) AS promised,
       greatest(said.said_free - count(r.port), 0) AS free
FROM said LEFT JOIN port_reservation r ON r.terminal_id = said.terminal_id
     AND (r.installed_at IS NULL OR r.installed_at > said.said_at)
GROUP BY said.terminal_id, said.said_free, said.said_at;

-- Where every sale stands now: the address that it hangs on today, and what is true there for its technology. Each of its
-- parts is used once, so that a condition on id reaches the tables below.
CREATE VIEW sale_ground AS
WITH sale AS (
    SELECT 'order' AS subject, order_id AS id, address_id, technology FROM customer_order
    WHERE state IN ('acknowledged', 'pending', 'inProgress', 'held')
    UNION ALL
    SELECT 'commitment', commitment_id, address_id, technology FROM commitment
    WHERE state IN ('pre-ordered', 'committed', 'waiting')
),
led AS (
    SELECT sale.* EXCLUDE (address_id), coalesce(s.survivor_id, sale.address_id) AS address_id
    FROM sale LEFT JOIN survivor s ON s.address_id = sale.address_id
),
held AS (
    SELECT DISTINCT h.address_id FROM address_hold h JOIN hold x ON x.hold_id = h.hold_id AND x.to_version IS NULL
),
blocking AS (
    SELECT unnest(from_json(value, '["VARCHAR"]')) AS code FROM rule_setting
    WHERE name = 'blocking_flags' AND to_version IS NULL
),
flagged AS (
    SELECT DISTINCT address_id FROM address_flag WHERE code IN (SELECT code FROM blocking)
)
SELECT led.subject, led.id, led.address_id, led.technology, v.feature_id AS area_id, v.terminal_id,
       greatest(f.sales_open_on, f.network_ready_on) AS opens_on,
       CASE WHEN a.address_id IS NULL THEN 'address_gone'
            WHEN v.class IS DISTINCT FROM 'build' THEN 'not_build'
            WHEN held.address_id IS NOT NULL THEN 'on_hold'
            WHEN NOT a.serviceable THEN 'not_serviceable'
            WHEN flagged.address_id IS NOT NULL THEN 'flagged'
            WHEN NOT a.sellable THEN 'source_not_permitted' END AS why_not   -- NULL: nothing stands in the way
FROM led
LEFT JOIN address a ON a.address_id = led.address_id AND a.to_version IS NULL
LEFT JOIN verdict v ON v.address_id = led.address_id AND v.technology = led.technology
LEFT JOIN plan_feature f ON f.feature_id = v.feature_id AND f.to_version IS NULL
LEFT JOIN held ON held.address_id = led.address_id
LEFT JOIN flagged ON flagged.address_id = led.address_id;
