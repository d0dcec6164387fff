-- What is known of live orders that is asked by their prerequisites: of all that are due, neither waiting for a port nor for
-- their wave; or of those that are named. Which, is put in where it is asked.
WITH wanted AS (SELECT * FROM customer_order WHERE {chosen}),
ground AS (SELECT * FROM sale_ground WHERE subject = 'order' AND {ids}),
running AS (   -- services: what was installed and that nothing has taken the place of, or ended
    SELECT coalesce(s.survivor_id, o.address_id) AS address_id, max(o.order_id) AS order_id
    FROM customer_order o LEFT JOIN survivor s ON s.address_id = o.address_id
    WHERE o.state IN ('completed', 'partial') AND o.kind <> 'cancel'
      AND o.order_id NOT IN (SELECT previous_order_id FROM customer_order
                             WHERE previous_order_id IS NOT NULL AND state IN ('completed', 'partial'))
    GROUP BY 1
)
SELECT w.order_id, w.kind, w.address_id, w.technology, w.state, g.why_not, g.opens_on,
       p.terminal_id IS NOT NULL AS ports_recorded, r.port IS NOT NULL AS has_port,
       running.order_id AS running_order_id, w.previous_order_id, d.deposit_id,
       m.order_id IS NOT NULL AS has_payment_method,
       CASE WHEN w.price_agreed_at IS NULL THEN c.price_locked_until END AS price_locked_until, w.placed_at::DATE AS placed_on, w.release_on
FROM wanted w
LEFT JOIN ground g ON g.id = w.order_id
LEFT JOIN terminal_ports p ON p.terminal_id = g.terminal_id
LEFT JOIN (SELECT order_id, min(port) AS port FROM port_reservation GROUP BY order_id) r ON r.order_id = w.order_id
LEFT JOIN running ON running.address_id = coalesce(g.address_id, w.address_id) AND running.order_id <> w.order_id
LEFT JOIN deposit d ON d.deposit_id = w.deposit_id AND d.state IN ('held', 'applied')   -- asked for is not paid
LEFT JOIN commitment c ON c.commitment_id = w.commitment_id
LEFT JOIN order_payment m ON m.order_id = w.order_id
ORDER BY w.placed_at, w.order_id
