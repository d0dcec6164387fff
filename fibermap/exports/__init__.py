"""Exports by name: lists, mailing lists, FCC availability, contractor packs and printed maps."""
