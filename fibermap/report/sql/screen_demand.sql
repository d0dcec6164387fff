-- Where people asked and nothing could be sold to them, and where somebody misses an address. Leads are not kept yet.
WITH asked AS (
    SELECT coalesce(c.lon, a.lon) AS lon, coalesce(c.lat, a.lat) AS lat, coalesce(c.class, 'unknown') AS class,
           'check' AS source
    FROM address_check c
    LEFT JOIN address a ON a.address_id = c.address_id AND a.to_version IS NULL AND a.listed
    WHERE c.orderable IS NOT TRUE
    UNION ALL
    SELECT lon, lat, 'unknown', 'report' FROM review_queue WHERE queue = 'missing'
)
SELECT lon, lat, class, source, count(*) AS asked
FROM asked WHERE lon IS NOT NULL AND lat IS NOT NULL
GROUP BY ALL
