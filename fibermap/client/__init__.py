"""The same interface over HTTP: a client of the API, and a plan whose database another process owns."""
