-- Every subscriber, what it has received, what it has still to receive, and what was given up. What was recalled in time
-- is not for one that waits for the end of recall windows.
WITH wanted AS (
    SELECT
        subscription.subscriber, event.event_id, delivery.state, delivery.error,
        coalesce(recall_window.ends_at_utc, event.at_utc) AS due_at_utc
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
    WHERE recall_window.outcome IS DISTINCT FROM 'recalled'
)
SELECT
    subscription.subscriber,
    subscription.event_types,
    subscription.created_at_utc,
    subscription.retired_at_utc,
    coalesce(subscription.waits, false) AS waits,
    count(*) FILTER (wanted.state = 'delivered') AS delivered,
    count(*) FILTER (
        wanted.event_id IS NOT NULL AND coalesce(wanted.state, 'waiting') = 'waiting'
        AND subscription.retired_at_utc IS NULL
    ) AS behind,
    min(wanted.due_at_utc) FILTER (
        coalesce(wanted.state, 'waiting') = 'waiting' AND subscription.retired_at_utc IS NULL
    ) AS oldest_waiting_at_utc,
    arg_max(wanted.error, wanted.event_id) FILTER (wanted.state = 'waiting') AS error,
    count(*) FILTER (wanted.state = 'parked') AS parked
FROM subscription
LEFT JOIN wanted ON wanted.subscriber = subscription.subscriber
GROUP BY ALL
ORDER BY subscription.subscriber
