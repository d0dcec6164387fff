-- The next events of one subscriber, oldest first: subscribed, not delivered, not parked.
-- An event that waits for its next attempt is returned too; what comes after it must not overtake it.
-- So is one that waits for the end of its recall window; what was recalled in time is not for a subscriber that waits.
-- There is no "last event seen": ids are drawn before commit, so a lower id may appear after a higher one.
SELECT
    event.event_id, event.type, event.at_utc, event.cause, event.plan_version, event.address_id, event.payload,
    coalesce(delivery.attempts, 0) AS attempts,
    greatest(delivery.next_attempt_at_utc, recall_window.ends_at_utc) AS next_attempt_at_utc
FROM subscription
JOIN event
    ON list_contains(subscription.event_types, event.type)
    AND event.event_id > subscription.after_event_id
LEFT JOIN delivery
    ON delivery.subscriber = subscription.subscriber
    AND delivery.event_id = event.event_id
LEFT JOIN recall_window
    ON subscription.waits
    AND recall_window.plan_version = event.plan_version
WHERE subscription.subscriber = $subscriber
    AND subscription.retired_at_utc IS NULL
    AND (delivery.state IS NULL OR delivery.state = 'waiting')
    AND recall_window.outcome IS DISTINCT FROM 'recalled'
ORDER BY event.event_id
LIMIT $limit
