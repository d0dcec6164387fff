-- What a person reads: current addresses and features with everything that follows for them. The one bulk definition of
-- orderable and of units (homes passed is the sum of units in build); fibermap/coverage/orderable.py is the same for one address, and a test holds the two together.
-- listed, answerable and sellable say what an address may be used for: lists take those that are listed, public answers those
-- that are answerable; what is not sellable is not orderable.
CREATE VIEW addresses AS
WITH held AS (
    SELECT h.address_id, string_agg(DISTINCT x.code, ',' ORDER BY x.code) AS holds
    FROM address_hold h JOIN hold x ON x.hold_id = h.hold_id AND x.to_version IS NULL
    GROUP BY h.address_id
),
flagged AS (
    SELECT address_id, string_agg(code, ',' ORDER BY code) AS flags FROM flag GROUP BY address_id
),
divided AS (   -- buildings whose units are addresses of their own: the building itself then counts for none
    SELECT DISTINCT location_id, number_prefix, number, number_suffix, street_key
    FROM address WHERE to_version IS NULL AND unit IS NOT NULL
),
feature AS (SELECT * FROM plan_feature WHERE to_version IS NULL),
joined AS (
    SELECT a.address_id, a.location_id, a.fcc_location_id, a.full_address,
           coalesce(v.class, 'unknown') AS class, v.technology, v.evidence, v.confidence,
           v.expected_live_on, v.expected_precision,
           v.feature_id AS area_id, f.name AS area_name, f.phase, v.terminal_id, t.name AS terminal, v.drop_m, v.rule_id,
           a.serviceable, a.kind, a.type_raw,
           CASE WHEN NOT a.serviceable THEN 0
                WHEN a.unit IS NOT NULL THEN 1
                WHEN divided.location_id IS NOT NULL THEN 0
                ELSE greatest(coalesce(a.unit_count, 1), 1) END AS units,
           held.holds, flagged.flags,
           coalesce(c.state, 'none') AS connectivity,
           t.ports_free, f.network_ready_on, f.sales_open_on,
           a.lon, a.lat, a.placement,
           a.number_prefix, a.number, a.number_suffix, a.pre_modifier, a.pre_directional, a.pre_type, a.street_name,
           a.post_type, a.post_directional, a.post_modifier, a.building, a.floor, a.unit_type, a.unit, a.unit_count,
           a.delivery_line, a.city, a.state, a.zip, a.zip4, a.county,
           a.provisional, a.filled, a.corrected, a.records, a.record_id, a.listed, a.answerable, a.sellable, v.version
    FROM address a
    LEFT JOIN verdict v ON v.address_id = a.address_id AND v.best
    LEFT JOIN feature f ON f.feature_id = v.feature_id
    LEFT JOIN feature t ON t.feature_id = v.terminal_id
    LEFT JOIN divided ON divided.location_id = a.location_id AND divided.street_key = a.street_key
         AND divided.number_prefix IS NOT DISTINCT FROM a.number_prefix AND divided.number IS NOT DISTINCT FROM a.number
         AND divided.number_suffix IS NOT DISTINCT FROM a.number_suffix
    LEFT JOIN held ON held.address_id = a.address_id
    LEFT JOIN flagged ON flagged.address_id = a.address_id
    LEFT JOIN unit_connectivity c ON c.address_id = a.address_id
    WHERE a.to_version IS NULL
),
today AS (SELECT (current_timestamp AT TIME ZONE 'UTC')::DATE AS utc),
reasoned AS (
    SELECT joined.*, nullif(concat_ws(',',
        CASE WHEN class <> 'build' THEN 'not_build' END,
        CASE WHEN NOT serviceable THEN 'not_serviceable' END,
        CASE WHEN holds IS NOT NULL THEN 'hold' END,
        CASE WHEN ports_free <= 0 THEN 'no_port' END,
        CASE WHEN list_has_any(
            string_split(flags, ','),
            (SELECT from_json(value, '["VARCHAR"]') FROM rule_setting
             WHERE name = 'blocking_flags' AND to_version IS NULL)) THEN 'flagged' END,
        CASE WHEN network_ready_on > today.utc THEN 'network_not_ready' END,
        CASE WHEN sales_open_on > today.utc THEN 'sales_not_open' END,
        CASE WHEN NOT sellable THEN 'source_not_permitted' END), '') AS not_orderable
    FROM joined, today
)
SELECT * EXCLUDE (not_orderable), not_orderable IS NULL AS orderable, not_orderable FROM reasoned;

-- What lists are made of.
CREATE VIEW listed_addresses AS SELECT * FROM addresses WHERE listed;

-- What each source may be used for: its licence, and what a person has permitted on record.
CREATE VIEW source_permission AS
WITH permitted AS (
    SELECT source_id, unnest(string_split(permitted_uses, ',')) AS use FROM source_terms WHERE to_version IS NULL
    UNION SELECT source_id, unnest(string_split(uses, ',')) FROM permission_override WHERE to_version IS NULL
)
SELECT source_id, coalesce(string_agg(nullif(use, ''), ',' ORDER BY use), '') AS permitted_uses,
       bool_or(use = 'lists') AS listed, bool_or(use = 'public_answers') AS answerable, bool_or(use = 'sales') AS sellable
FROM permitted GROUP BY source_id;

CREATE VIEW source_records AS
SELECT s.name AS source, r.layer, r.source_fid AS source_id, ra.address_id,
       concat_ws(', ', r.delivery_line, nullif(concat_ws(' ', r.city, r.state, r.zip), '')) AS full_address,
       r.lat, r.lon, a.class, a.area_id, a.area_name, a.phase, a.serviceable, a.orderable, a.not_orderable,
       a.technology, a.confidence, p.permitted_uses, r.record_id, r.row, r.type_raw, r.attributes
FROM source_record r
JOIN source s ON s.source_id = r.source_id
LEFT JOIN source_permission p ON p.source_id = r.source_id
LEFT JOIN record_address ra ON ra.record_id = r.record_id AND ra.to_version IS NULL
LEFT JOIN addresses a ON a.address_id = ra.address_id
WHERE r.to_version IS NULL;

CREATE VIEW areas AS
SELECT f.feature_id AS area_id, s.name AS source, f.role, f.layer, f.folder, f.source_fid, f.name, f.class,
       f.source_class, f.override_class, f.status_word, f.status_from, coalesce(f.technology, 'fiber') AS technology,
       f.phase, f.priority, f.cabinet, f.splitter, f.expected_live_on, f.expected_precision, coalesce(f.override_live_on, f.live_on) AS live_on,
       f.network_ready_on, f.sales_open_on, f.size_m AS area_m2, f.geometry, f.from_version AS version
FROM plan_feature f LEFT JOIN source s USING (source_id)
WHERE f.to_version IS NULL AND f.role IN ('coverage', 'exclusion');

CREATE VIEW network AS
SELECT f.feature_id, s.name AS source, f.role, f.kind, f.layer, f.folder, f.source_fid, f.name, f.class,
       coalesce(f.technology, 'fiber') AS technology, f.phase, f.terminal_name, f.ports_total, f.ports_free,
       f.expected_live_on, f.size_m AS length_m, f.geometry, f.from_version AS version
FROM plan_feature f LEFT JOIN source s USING (source_id)
WHERE f.to_version IS NULL AND f.role IN ('network_points', 'network_lines');
