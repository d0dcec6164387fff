-- What a slipped date did to each pre-order that stood: one row a slip and pre-order, so that none is moved twice. Owner: fibermap/order.
CREATE TABLE commitment_slip (
    slip_id BIGINT NOT NULL,
    commitment_id BIGINT NOT NULL,
    days INTEGER NOT NULL,          -- by how much its date moved; the price is locked for as many more
    slipped_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (slip_id, commitment_id)
);

-- Which zone each address is of: the one of best priority that has the area which decides one of its verdicts, or the
-- area that this was cut out of. So no address is of two.
CREATE VIEW zone_address AS
WITH area AS (
    SELECT v.address_id, coalesce(p.parent_id, v.feature_id) AS area_id, v.feature_id
    FROM verdict v LEFT JOIN phase_part p ON p.area_id = v.feature_id AND p.to_version IS NULL
    WHERE v.evidence = 'area'
),
claimed AS (
    SELECT a.address_id, z.zone_id, z.priority
    FROM area a JOIN zone_area za ON za.area_id = a.area_id OR za.area_id = a.feature_id JOIN zone z USING (zone_id)
)
SELECT address_id, arg_min(zone_id, (priority, zone_id)) AS zone_id FROM claimed GROUP BY address_id;

-- Pre-orders with the address and the zone that they have now.
CREATE VIEW preorder AS
SELECT c.*, coalesce(s.survivor_id, c.address_id) AS now_id, z.zone_id
FROM commitment c LEFT JOIN survivor s ON s.address_id = c.address_id
LEFT JOIN zone_address z ON z.address_id = coalesce(s.survivor_id, c.address_id);
