"""Messages to people outside: what one is, who carries it, and what may come of that."""
