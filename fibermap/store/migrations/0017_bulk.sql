-- What a person decides for many addresses at once. Owner: fibermap/coverage.

-- The addresses of a hold whose scope is 'list'. They never change; whether they are held, the hold says.
CREATE TABLE hold_member (hold_id BIGINT NOT NULL, address_id BIGINT NOT NULL);

-- Phases that a person gave addresses, in the place of that of their area, under the ids that they have now.
CREATE VIEW address_phase AS
SELECT coalesce(s.survivor_id, c.address_id) AS address_id,
       arg_max(c.fields->>'phase', (c.made_at, c.from_version)) AS phase
FROM correction c LEFT JOIN survivor s ON s.address_id = c.address_id
WHERE c.to_version IS NULL AND c.kind = 'phase' GROUP BY 1;

-- Flags that follow from the plan, and those that a person set.
CREATE VIEW address_flag AS
SELECT address_id, code, detail FROM flag
UNION ALL
SELECT coalesce(s.survivor_id, c.address_id), 'marked',
       json_object('name', arg_max(c.reason, (c.made_at, c.from_version)),
                   'author', arg_max(c.author, (c.made_at, c.from_version)))::VARCHAR
FROM correction c LEFT JOIN survivor s ON s.address_id = c.address_id
WHERE c.to_version IS NULL AND c.kind = 'flag' GROUP BY 1;

CREATE OR REPLACE VIEW addresses AS
WITH held AS (
    SELECT h.address_id, string_agg(DISTINCT x.code, ',' ORDER BY x.code) AS holds
    FROM address_hold h JOIN hold x ON x.hold_id = h.hold_id AND x.to_version IS NULL
    GROUP BY h.address_id
),
flagged AS (
    SELECT address_id, string_agg(code, ',' ORDER BY code) AS flags FROM address_flag GROUP BY address_id
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
           v.feature_id AS area_id, f.name AS area_name,
           coalesce(p.phase, f.phase) AS phase, v.terminal_id, t.name AS terminal, v.drop_m, v.rule_id,
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
    LEFT JOIN address_phase p ON p.address_id = a.address_id
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
