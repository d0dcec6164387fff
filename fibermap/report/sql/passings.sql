-- How many addresses and units each class and feature had from which version on, for one technology: the change log, each
-- entry weighed with what the address counted for at that time.
WITH wanted AS (
    SELECT a.* FROM address a WHERE $everything OR a.address_id IN (SELECT address_id FROM chosen)
),
unit_row AS (   -- units that lists know of; while a building has any, it counts for none itself
    SELECT location_id, number_prefix, number, number_suffix, street_key, from_version, to_version
    FROM address WHERE unit IS NOT NULL AND listed
),
in_parts AS (
    SELECT DISTINCT w.address_id
    FROM wanted w JOIN unit_row u ON u.location_id = w.location_id AND u.street_key = w.street_key
         AND u.number_prefix IS NOT DISTINCT FROM w.number_prefix AND u.number IS NOT DISTINCT FROM w.number
         AND u.number_suffix IS NOT DISTINCT FROM w.number_suffix
    WHERE w.unit IS NULL
),
weighed AS (
    SELECT *, CASE WHEN NOT serviceable THEN 0 WHEN unit IS NOT NULL THEN 1
                   ELSE greatest(coalesce(unit_count, 1), 1) END AS units
    FROM wanted
),
counted AS (
    SELECT address_id, min(units) AS units, bool_and(listed) AND min(units) = max(units) AS constant
    FROM weighed GROUP BY address_id
),
uneven AS (SELECT address_id FROM counted WHERE NOT constant UNION SELECT address_id FROM in_parts),
steady AS (   -- most count the same for as long as they are there
    SELECT address_id, units FROM counted WHERE constant AND address_id NOT IN (SELECT address_id FROM in_parts)
),
change AS (SELECT * FROM verdict_change WHERE technology = $technology),
-- The others piece by piece: what it counts for, and what it is, from one version to the next.
moving AS (SELECT * FROM weighed WHERE address_id IN (SELECT address_id FROM uneven)),
sibling AS (
    SELECT m.address_id, m.from_version AS row_version, u.from_version, u.to_version
    FROM moving m JOIN unit_row u ON u.location_id = m.location_id AND u.street_key = m.street_key
         AND u.number_prefix IS NOT DISTINCT FROM m.number_prefix AND u.number IS NOT DISTINCT FROM m.number
         AND u.number_suffix IS NOT DISTINCT FROM m.number_suffix
    WHERE m.unit IS NULL
),
cut AS (
    SELECT address_id, from_version AS row_version, from_version AS version FROM moving
    UNION SELECT m.address_id, m.from_version, unnest([s.from_version, s.to_version])
    FROM moving m JOIN sibling s ON s.address_id = m.address_id AND s.row_version = m.from_version
),
piece AS (
    SELECT m.address_id, m.units, c.version AS starts, m.serviceable,
           least(coalesce(lead(c.version) OVER (PARTITION BY m.address_id, m.from_version ORDER BY c.version), $never),
                 coalesce(m.to_version, $never)) AS ends
    FROM moving m JOIN cut c ON c.address_id = m.address_id AND c.row_version = m.from_version
    WHERE m.listed AND c.version >= m.from_version AND c.version < coalesce(m.to_version, $never)
),
weight AS (
    SELECT p.address_id, p.starts, p.ends,
           CASE WHEN EXISTS (
               SELECT 1 FROM sibling s WHERE s.address_id = p.address_id
                  AND s.from_version <= p.starts AND coalesce(s.to_version, $never) > p.starts) THEN 0
                ELSE p.units END AS units
    FROM piece p
),
judged AS (
    SELECT address_id, to_class AS class, to_feature_id AS feature_id, version AS starts,
           lead(version, 1, $never) OVER (PARTITION BY address_id ORDER BY version) AS ends
    FROM change WHERE address_id IN (SELECT address_id FROM moving)
),
both_hold AS (
    SELECT j.class, j.feature_id, w.units, greatest(j.starts, w.starts) AS starts, least(j.ends, w.ends) AS ends
    FROM judged j JOIN weight w ON w.address_id = j.address_id AND j.starts < w.ends AND w.starts < j.ends
    WHERE j.class IS NOT NULL
),
moved AS (
    SELECT c.version, c.from_class, c.from_feature_id, c.to_class, c.to_feature_id,
           count(*) AS addresses, sum(s.units) AS units
    FROM change c JOIN steady s USING (address_id) GROUP BY ALL
),
told AS (
    SELECT version, to_class AS class, to_feature_id AS feature_id, addresses, units
    FROM moved WHERE to_class IS NOT NULL
    UNION ALL
    SELECT version, from_class, from_feature_id, -addresses, -units FROM moved WHERE from_class IS NOT NULL
    UNION ALL SELECT starts, class, feature_id, 1, units FROM both_hold
    UNION ALL SELECT ends, class, feature_id, -1, -units FROM both_hold WHERE ends < $never
)
SELECT version::INTEGER AS version, class, feature_id, sum(addresses)::BIGINT AS addresses, sum(units)::BIGINT AS units
FROM told GROUP BY ALL
