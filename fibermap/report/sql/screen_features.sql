SELECT feature_id, CASE WHEN role IN ('coverage', 'exclusion') THEN 'areas' ELSE 'network' END AS layer, role, kind,
       coalesce(name, terminal_name) AS name,
       coalesce(class, CASE WHEN role = 'exclusion' THEN 'exclusion' ELSE 'unknown' END) AS class, phase,
       coalesce(technology, 'fiber') AS technology, expected_live_on, coalesce(size_m, 0) AS size_m, ports_free,
       west, south, east, north, geometry
FROM plan_feature
WHERE to_version IS NULL AND role IN ('coverage', 'exclusion', 'network_points', 'network_lines')
  AND ($all OR feature_id IN (SELECT feature_id FROM wanted))
