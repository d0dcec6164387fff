-- Free ports for whoever wants one, in the order of `place`: the lowest numbers that nobody has.
WITH ranked AS (
    SELECT order_id, terminal_id, row_number() OVER (PARTITION BY terminal_id ORDER BY place) AS turn FROM wanted
),
lucky AS (
    SELECT ranked.* FROM ranked JOIN terminal_ports USING (terminal_id) WHERE turn <= free
),
used AS (
    SELECT terminal_id, port FROM port_reservation WHERE terminal_id IN (SELECT terminal_id FROM lucky)
),
needed AS (
    SELECT terminal_id, count(*) + (SELECT count(*) FROM used u WHERE u.terminal_id = lucky.terminal_id) AS most
    FROM lucky GROUP BY terminal_id
),
numbered AS (
    SELECT terminal_id, port, row_number() OVER (PARTITION BY terminal_id ORDER BY port) AS turn
    FROM (SELECT terminal_id, unnest(range(1, most + 1))::INTEGER AS port FROM needed)
    ANTI JOIN used USING (terminal_id, port)
)
SELECT lucky.order_id, lucky.terminal_id, numbered.port
FROM lucky JOIN numbered USING (terminal_id, turn)
