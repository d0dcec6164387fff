-- How many orders are released in each week from $week on, by what a capacity is set for.
WITH zoned AS (
    SELECT a.area_id, arg_min(z.zone_id, (z.priority, z.zone_id)) AS zone_id
    FROM zone_area a JOIN zone z USING (zone_id) GROUP BY a.area_id
),
booked AS (
    SELECT o.technology, coalesce(k.zone_id, 0) AS zone_id, date_trunc('week', o.release_on)::DATE AS week
    FROM customer_order o
    LEFT JOIN survivor s ON s.address_id = o.address_id
    LEFT JOIN verdict v ON v.address_id = coalesce(s.survivor_id, o.address_id) AND v.technology = o.technology
    LEFT JOIN zoned ON zoned.area_id = v.feature_id
    LEFT JOIN install_capacity k ON k.technology = o.technology AND k.zone_id = zoned.zone_id
    WHERE o.release_on >= $week AND o.state NOT IN ('cancelled', 'rejected')
)
SELECT technology, zone_id, week, count(*)::INTEGER AS orders FROM booked GROUP BY ALL
