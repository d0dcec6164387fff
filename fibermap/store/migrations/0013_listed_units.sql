-- What lists are made of. A building whose units are known only from a source that may not be listed counts itself: its
-- units are not in the list, and the list must not tell that there are any.
CREATE OR REPLACE VIEW listed_addresses AS
WITH listed_unit AS (
    SELECT DISTINCT location_id, number_prefix, number, number_suffix, street_key
    FROM address WHERE to_version IS NULL AND unit IS NOT NULL AND listed
),
divided AS (
    SELECT a.address_id
    FROM address a JOIN listed_unit u ON u.location_id = a.location_id AND u.street_key = a.street_key
         AND u.number_prefix IS NOT DISTINCT FROM a.number_prefix AND u.number IS NOT DISTINCT FROM a.number
         AND u.number_suffix IS NOT DISTINCT FROM a.number_suffix
    WHERE a.to_version IS NULL
)
SELECT addresses.* REPLACE (
    CASE WHEN addresses.units = 0 AND addresses.serviceable AND divided.address_id IS NULL
         THEN greatest(coalesce(addresses.unit_count, 1), 1) ELSE addresses.units END AS units)
FROM addresses LEFT JOIN divided ON divided.address_id = addresses.address_id
WHERE addresses.listed;
