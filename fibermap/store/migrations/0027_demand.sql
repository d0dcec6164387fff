-- What was asked for in vain, day by day and without who asked: no text, no caller, no contact. Owner: fibermap/report.
-- A row with an address is about that one; without, about a place, where the check or report has one.
CREATE VIEW demand AS
WITH asked AS (
    -- A check that settled on an address where nothing could be ordered.
    SELECT coalesce(s.survivor_id, c.address_id) AS address_id, NULL::DOUBLE AS lon, NULL::DOUBLE AS lat, c.class,
           'check' AS source, NULL::VARCHAR AS technology, c.checked_at AS asked_at
    FROM address_check c LEFT JOIN survivor s ON s.address_id = c.address_id
    WHERE c.orderable IS NOT TRUE AND c.class IS NOT NULL AND c.address_id IS NOT NULL
    UNION ALL
    -- One that settled on none: at the place asked about, or else at that of the address which came closest.
    SELECT NULL, coalesce(c.lon, a.lon), coalesce(c.lat, a.lat), coalesce(c.class, 'unknown'), 'unsettled', NULL,
           c.checked_at
    FROM address_check c
    LEFT JOIN address a ON a.address_id = c.address_id AND a.to_version IS NULL AND a.listed
    WHERE c.orderable IS NOT TRUE AND (c.class IS NULL OR c.address_id IS NULL)
    UNION ALL
    SELECT NULL, lon, lat, 'unknown', 'report', NULL, since FROM review_queue WHERE queue = 'missing'
    UNION ALL
    -- Interest that has not become a pre-order or an order.
    SELECT coalesce(s.survivor_id, l.address_id), NULL, NULL, NULL, 'lead', l.technology, l.captured_at
    FROM lead l LEFT JOIN survivor s ON s.address_id = l.address_id
    WHERE l.state IN ('new', 'qualified')
)
SELECT address_id, lon, lat, class, source, technology, (asked_at AT TIME ZONE 'UTC')::DATE AS day, count(*) AS asked
FROM asked GROUP BY ALL;
