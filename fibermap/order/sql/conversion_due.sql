-- Commitments that become orders now: nothing stands against them at their address and no order is live there; of several
-- at one address the first. In the order of commitment.
WITH ready AS (
    SELECT c.commitment_id, c.lead_id, c.address_id, g.address_id AS now_id, c.offer_id, c.technology,
           c.state AS was, c.price, c.deposit_id, c.committed_at, l.contact_id, l.channel, l.rep, l.state AS lead_was,
           g.area_id, g.terminal_id, g.opens_on
    FROM sale_ground g
    JOIN commitment c ON c.commitment_id = g.id
    JOIN lead l ON l.lead_id = c.lead_id
    WHERE g.subject = 'commitment' AND g.why_not IS NULL
      AND g.address_id NOT IN (SELECT address_id FROM active_order)
),
first AS (
    SELECT *, row_number() OVER (PARTITION BY now_id ORDER BY committed_at, commitment_id) AS turn FROM ready
),
zoned AS (   -- where zones overlap, the one that comes first
    SELECT a.area_id, arg_min(z.zone_id, (z.priority, z.zone_id)) AS zone_id
    FROM zone_area a JOIN zone z USING (zone_id) GROUP BY a.area_id
)
SELECT first.* EXCLUDE (turn), coalesce(k.zone_id, 0) AS zone_id, coalesce(k.weekly, e.weekly) AS weekly,
       p.terminal_id IS NOT NULL AS ports_recorded,
       c.phone IS NOT NULL OR c.email IS NOT NULL AS reachable
FROM first
LEFT JOIN zoned ON zoned.area_id = first.area_id
LEFT JOIN install_capacity k ON k.technology = first.technology AND k.zone_id = zoned.zone_id
LEFT JOIN install_capacity e ON e.technology = first.technology AND e.zone_id = 0
LEFT JOIN terminal_ports p ON p.terminal_id = first.terminal_id
LEFT JOIN contact c ON c.contact_id = first.contact_id
WHERE turn = 1
ORDER BY committed_at, commitment_id
