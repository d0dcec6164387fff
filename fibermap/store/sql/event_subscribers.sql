-- Every subscriber, what it has received, what it has still to receive, and what was given up.
SELECT
    subscription.subscriber,
    subscription.event_types,
    subscription.created_at_utc,
    subscription.retired_at_utc,
    coalesce(subscription.waits, false) AS waits,
    count(*) FILTER (wanted.state = 'delivered') AS delivered,
    count(*) FILTER (wanted.state = 'waiting' AND wanted.retired_at_utc IS NULL) AS behind,
    min(wanted.due_at_utc) FILTER (wanted.state = 'waiting' AND wanted.retired_at_utc IS NULL) AS oldest_waiting_at_utc,
    arg_max(wanted.error, wanted.event_id) FILTER (wanted.state = 'waiting') AS error,
    count(*) FILTER (wanted.state = 'parked') AS parked
FROM subscription
LEFT JOIN wanted_event AS wanted USING (subscriber)
GROUP BY ALL
ORDER BY subscription.subscriber
