-- The same by phase, at the versions that are shown: a feature has the phase that it had then.
WITH running AS (
    SELECT class, feature_id, version AS starts,
           sum(addresses) OVER so_far AS addresses, sum(units) OVER so_far AS units,
           lead(version, 1, $never) OVER (PARTITION BY class, feature_id ORDER BY version) AS ends
    FROM delta
    WINDOW so_far AS (PARTITION BY class, feature_id ORDER BY version)
),
shown AS (
    SELECT max(version) AS version FROM plan_version
    GROUP BY CASE $step WHEN 'version' THEN version::VARCHAR
                        WHEN 'day' THEN strftime(created_at AT TIME ZONE 'UTC', '%Y-%m-%d')
                        ELSE strftime(created_at AT TIME ZONE 'UTC', '%Y-%m') END
    ORDER BY 1 DESC LIMIT $most
),
standing AS (
    SELECT s.version, r.class, r.feature_id, r.addresses, r.units
    FROM shown s JOIN running r ON r.starts <= s.version AND r.ends > s.version
)
SELECT p.version, p.created_at AS happened_at, p.kind, p.label, s.class, f.phase,
       sum(s.addresses)::BIGINT AS addresses, sum(s.units)::BIGINT AS units
FROM standing s
JOIN plan_version p ON p.version = s.version
LEFT JOIN plan_feature f ON f.feature_id = s.feature_id
     AND f.from_version <= s.version AND coalesce(f.to_version, $never) > s.version
GROUP BY p.version, p.created_at, p.kind, p.label, s.class, f.phase HAVING sum(s.addresses) > 0
ORDER BY p.version, list_position(['build', 'pre-build', 'out-of-coverage', 'unknown'], any_value(s.class)), f.phase NULLS LAST
