-- What each address counts for, and of which kind it is, without anything else that the view addresses says of it: whoever
-- counts households asks this for every visitor. A test holds the two together. Owner: fibermap/coverage.
CREATE VIEW counted_units AS
WITH divided AS (
    SELECT DISTINCT location_id, number_prefix, number, number_suffix, street_key
    FROM address WHERE to_version IS NULL AND unit IS NOT NULL
)
SELECT a.address_id, a.kind,
       CASE WHEN NOT a.serviceable THEN 0
            WHEN a.unit IS NOT NULL THEN 1
            WHEN divided.location_id IS NOT NULL THEN 0
            ELSE greatest(coalesce(a.unit_count, 1), 1) END AS units
FROM address a
LEFT JOIN divided ON divided.location_id = a.location_id AND divided.street_key = a.street_key
     AND divided.number_prefix IS NOT DISTINCT FROM a.number_prefix AND divided.number IS NOT DISTINCT FROM a.number
     AND divided.number_suffix IS NOT DISTINCT FROM a.number_suffix
WHERE a.to_version IS NULL;
