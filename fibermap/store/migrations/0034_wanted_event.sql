-- Every event that a subscriber asked for, with how far its delivery is. What was recalled in time is not for one
-- that waits for the end of recall windows. Owner: fibermap/store.
CREATE VIEW wanted_event AS
SELECT
    subscription.subscriber, event.event_id, event.type, event.at_utc, event.cause, event.plan_version, event.address_id,
    event.payload,
    coalesce(delivery.state, 'waiting') AS state,               -- waiting | delivered | parked
    coalesce(delivery.attempts, 0) AS attempts,
    delivery.next_attempt_at_utc,                               -- NULL: not tried yet, or not again
    delivery.error,                                             -- of the last attempt
    recall_window.ends_at_utc AS recall_ends_at_utc,            -- not before; NULL: at once
    coalesce(recall_window.ends_at_utc, event.at_utc) AS due_at_utc,
    subscription.retired_at_utc                                 -- NULL: it still receives
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
WHERE recall_window.outcome IS DISTINCT FROM 'recalled';
