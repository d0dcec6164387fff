-- Events that a subscriber should have received before $before, per subscriber.
SELECT
    subscription.subscriber,
    count(*) AS events,
    min(event.event_id) AS oldest_event_id,
    min(event.at_utc) AS oldest_at_utc,
    any_value(delivery.error) AS error
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
WHERE subscription.retired_at_utc IS NULL
    AND (delivery.state IS NULL OR delivery.state = 'waiting')
    AND recall_window.outcome IS DISTINCT FROM 'recalled'
    AND coalesce(recall_window.ends_at_utc, event.at_utc) < $before
GROUP BY subscription.subscriber
ORDER BY subscription.subscriber
