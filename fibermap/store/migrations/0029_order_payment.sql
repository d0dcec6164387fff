-- What an order is paid with, apart from the order: a payment gateway's token is for no question in SQL and no published
-- copy. And since when a price is agreed anew whose lock had lapsed. Owner: fibermap/order.
CREATE TABLE order_payment (
    order_id BIGINT PRIMARY KEY,
    token VARCHAR NOT NULL,         -- of the gateway, never a card number
    noted_at TIMESTAMPTZ NOT NULL
);
INSERT INTO order_payment
SELECT order_id, payment_method, changed_at FROM customer_order WHERE payment_method IS NOT NULL;
ALTER TABLE customer_order DROP COLUMN payment_method;
ALTER TABLE customer_order ADD COLUMN price_agreed_at TIMESTAMPTZ;  -- NULL: the price is that of the day of the order
