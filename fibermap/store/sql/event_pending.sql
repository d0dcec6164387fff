-- The next events of one subscriber, oldest first: subscribed, not delivered, not parked.
-- An event that waits for its next attempt is returned too; what comes after it must not overtake it.
-- So is one that waits for the end of its recall window.
-- There is no "last event seen": ids are drawn before commit, so a lower id may appear after a higher one.
SELECT
    event_id, type, at_utc, cause, plan_version, address_id, payload, attempts,
    greatest(next_attempt_at_utc, recall_ends_at_utc) AS next_attempt_at_utc
FROM wanted_event
WHERE subscriber = $subscriber AND retired_at_utc IS NULL AND state = 'waiting'
ORDER BY event_id
LIMIT $limit
