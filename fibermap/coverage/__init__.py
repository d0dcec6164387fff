"""What can be served where, since when, and why."""
