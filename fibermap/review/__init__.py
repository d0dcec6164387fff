"""Review: what people have to look at, in queues, and what they decided of it."""
