"""Serving: checks, suggestions and explanations from an immutable index in memory, with no database on the way."""
