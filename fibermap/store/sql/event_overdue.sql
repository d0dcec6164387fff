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
WHERE subscription.retired_at_utc IS NULL
    AND (delivery.state IS NULL OR delivery.state = 'waiting')
    AND event.at_utc < $before
GROUP BY subscription.subscriber
ORDER BY subscription.subscriber
