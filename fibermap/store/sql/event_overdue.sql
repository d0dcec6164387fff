-- Events that a subscriber should have received before $before, per subscriber.
SELECT
    subscriber,
    count(*) AS events,
    min(event_id) AS oldest_event_id,
    min(at_utc) AS oldest_at_utc,
    any_value(error) AS error
FROM wanted_event
WHERE retired_at_utc IS NULL AND state = 'waiting' AND due_at_utc < $before
GROUP BY subscriber
ORDER BY subscriber
