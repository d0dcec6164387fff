-- One row per address from the records that are it. Tables: clustered (record_id, address_id, location_id,
-- canonical_key, zip_filled, city_filled), all columns of record_address beside what the boundaries say; permission
-- (source_id, listed, answerable, sellable), what each source may be used for.
WITH member AS (
    SELECT r.record_id, r.fcc_location_id, r.unit_count, r.status, r.terminal_name, r.city, r.state, r.zip, r.zip4,
           r.county, c.address_id,
           p.listed, p.answerable, p.sellable,
           -- Permitted for more uses is more; of as many, lists count before public answers, and these before sales.
           8 * (p.listed::BIGINT + p.answerable::BIGINT + p.sellable::BIGINT)
               + 4 * p.listed::BIGINT + 2 * p.answerable::BIGINT + p.sellable::BIGINT AS permitted,
           -- Order of trust, least first: permitted for more, placed, precisely placed, with an id of its own; then
           -- by id, which has 53 bits, so that the order of arrival decides nothing.
           ((31 - permitted) << 56) + ((r.lon IS NULL)::BIGINT << 55)
               + (coalesce(r.placement IN ('street', 'parcel', 'zip', 'city'), false)::BIGINT << 54)
               + ((r.source_fid IS NULL)::BIGINT << 53) + r.record_id AS trust
    FROM clustered c
    JOIN source_record r ON r.record_id = c.record_id AND r.to_version IS NULL
    JOIN permission p ON p.source_id = r.source_id
),
counted AS (
    SELECT address_id, arg_min(record_id, trust) AS record_id, max(permitted) AS permitted,
           count(*)::INTEGER AS records
    FROM member GROUP BY address_id
),
told AS (   -- what may be told: nothing fills an address that is permitted for less than another source that knows it
    SELECT m.* FROM member m JOIN counted n ON n.address_id = m.address_id AND n.permitted = m.permitted
),
pooled AS (
    SELECT address_id,
           arg_min(fcc_location_id, trust) AS fcc_location_id,
           arg_min(unit_count, trust) AS unit_count,
           arg_min(status, trust) AS status,
           arg_min(terminal_name, trust) AS terminal_name,
           arg_min(city, trust) AS said_city,
           arg_min(state, trust) AS said_state,
           arg_min(zip, trust) AS said_zip,
           arg_min(zip4, trust) AS said_zip4,
           arg_min(county, trust) AS said_county,
           bool_and(listed) AS listed, bool_and(answerable) AS answerable, bool_and(sellable) AS sellable
    FROM told GROUP BY address_id
),
best AS (
    SELECT r.*, c.address_id, c.location_id, c.canonical_key, c.zip_filled, c.city_filled
    FROM counted n
    JOIN clustered c ON c.record_id = n.record_id
    JOIN source_record r ON r.record_id = n.record_id AND r.to_version IS NULL
)
SELECT b.address_id, b.location_id, p.fcc_location_id,
       b.number_prefix, b.number, b.number_suffix, b.pre_modifier, b.pre_directional, b.pre_type, b.street_name,
       b.post_type, b.post_directional, b.post_modifier, b.building, b.floor, b.unit_type, b.unit,
       coalesce(p.said_city, b.city_filled) AS city, p.said_state AS state,
       coalesce(p.said_zip, b.zip_filled) AS zip, p.said_zip4 AS zip4, p.said_county AS county, b.country,
       b.delivery_line,
       concat_ws(', ', b.delivery_line,
                 nullif(concat_ws(' ',
                                  array_to_string(list_transform(
                                      string_split(lower(coalesce(p.said_city, b.city_filled)), ' '),
                                      lambda word: upper(word[1]) || word[2:]), ' '),
                                  p.said_state,
                                  coalesce(p.said_zip, b.zip_filled)), '')) AS full_address,
       b.street_key, b.canonical_key, b.lon, b.lat, b.placement, b.kind, b.serviceable, b.type_raw, p.unit_count,
       false AS provisional,
       nullif(concat_ws(',', CASE WHEN p.said_city IS NULL AND b.city_filled IS NOT NULL THEN 'city' END,
                        CASE WHEN p.said_zip IS NULL AND b.zip_filled IS NOT NULL THEN 'zip' END), '') AS filled,
       NULL::VARCHAR AS corrected,
       p.status, p.terminal_name, b.record_id, n.records, p.listed, p.answerable, p.sellable
FROM best b
JOIN pooled p ON p.address_id = b.address_id
JOIN counted n ON n.address_id = b.address_id
ORDER BY ST_Hilbert(coalesce(b.lon, 0), coalesce(b.lat, 0),
                    {'min_x': -180, 'min_y': -90, 'max_x': 180, 'max_y': 90}::BOX_2D), b.address_id
