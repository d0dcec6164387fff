-- What is true at some addresses, by whatever id they are asked by; the view `addresses` says the same of all of them.
WITH RECURSIVE forward AS (
    SELECT DISTINCT unnest($ids::BIGINT[]) AS asked_id, unnest($ids::BIGINT[]) AS address_id, 0 AS hops
    UNION ALL
    SELECT f.asked_id, r.survivor_id, hops + 1
    FROM forward f JOIN redirect r ON r.address_id = f.address_id AND r.to_version IS NULL WHERE hops < 50
),
found AS MATERIALIZED (SELECT asked_id, arg_max(address_id, hops) AS address_id FROM forward GROUP BY asked_id),
me AS MATERIALIZED (
    SELECT * FROM address WHERE to_version IS NULL AND address_id IN (SELECT address_id FROM found)
),
family AS (   -- with every id that was merged into it
    SELECT address_id, address_id AS part_id, 0 AS hops FROM me
    UNION ALL
    SELECT f.address_id, r.address_id, hops + 1
    FROM family f JOIN redirect r ON r.survivor_id = f.part_id AND r.to_version IS NULL WHERE hops < 50
),
said AS MATERIALIZED (   -- by a person, of any of them
    SELECT f.address_id, c.kind, arg_max(c.fields->>'phase', (c.made_at, c.from_version)) AS phase
    FROM correction c JOIN family f ON f.part_id = c.address_id
    WHERE c.to_version IS NULL AND c.kind IN ('phase', 'flag') GROUP BY ALL
),
held AS (
    SELECT h.address_id, list(DISTINCT x.code ORDER BY x.code) AS holds
    FROM address_hold h JOIN hold x ON x.hold_id = h.hold_id AND x.to_version IS NULL
    WHERE h.address_id IN (SELECT address_id FROM me) GROUP BY h.address_id
),
flagged AS (
    SELECT address_id, list(code) AS flags FROM (
        SELECT address_id, code FROM flag WHERE address_id IN (SELECT address_id FROM me)
        UNION ALL SELECT address_id, 'marked' FROM said WHERE kind = 'flag'
    ) GROUP BY address_id
),
divided AS (   -- buildings whose units are addresses of their own
    SELECT DISTINCT me.address_id
    FROM me JOIN address u ON u.location_id = me.location_id AND u.street_key = me.street_key
         AND u.number_prefix IS NOT DISTINCT FROM me.number_prefix AND u.number IS NOT DISTINCT FROM me.number
         AND u.number_suffix IS NOT DISTINCT FROM me.number_suffix
    WHERE u.to_version IS NULL AND u.unit IS NOT NULL
),
judged AS MATERIALIZED (SELECT * FROM verdict WHERE address_id IN (SELECT address_id FROM me)),
feature AS MATERIALIZED (
    SELECT feature_id, phase, network_ready_on, sales_open_on, ports_free FROM plan_feature
    WHERE to_version IS NULL
      AND feature_id IN (SELECT feature_id FROM judged UNION SELECT terminal_id FROM judged)
),
covered AS (
    SELECT j.address_id, list({
        technology: j.technology, class: j.class, area_id: CASE WHEN j.evidence = 'area' THEN j.feature_id END,
        phase: coalesce(p.phase, f.phase), expected_live_on: j.expected_live_on,
        expected_precision: j.expected_precision} ORDER BY j.technology) AS coverage
    FROM judged j LEFT JOIN feature f ON f.feature_id = j.feature_id
    LEFT JOIN said p ON p.address_id = j.address_id AND p.kind = 'phase'
    GROUP BY j.address_id
)
SELECT found.asked_id, me.address_id, me.location_id, me.full_address, me.serviceable, me.kind,
       CASE WHEN NOT me.serviceable THEN 0
            WHEN me.unit IS NOT NULL THEN 1
            WHEN divided.address_id IS NOT NULL THEN 0
            ELSE greatest(coalesce(me.unit_count, 1), 1) END AS units,
       me.city, me.state, me.zip, me.lon, me.lat, coalesce(p.phase, f.phase) AS phase,
       coalesce(covered.coverage, []) AS coverage, coalesce(held.holds, []) AS holds,
       coalesce(flagged.flags, []) AS flags, v.class, v.terminal_id, t.ports_free, f.network_ready_on, f.sales_open_on,
       me.sellable
FROM found JOIN me ON me.address_id = found.address_id
LEFT JOIN judged v ON v.address_id = me.address_id AND v.best
LEFT JOIN feature f ON f.feature_id = v.feature_id
LEFT JOIN feature t ON t.feature_id = v.terminal_id
LEFT JOIN covered ON covered.address_id = me.address_id
LEFT JOIN divided ON divided.address_id = me.address_id
LEFT JOIN said p ON p.address_id = me.address_id AND p.kind = 'phase'
LEFT JOIN held ON held.address_id = me.address_id
LEFT JOIN flagged ON flagged.address_id = me.address_id
