"""What is sold, to whom, and where: offerings, leads, pre-orders, zones and orders."""
