"""The address: the entity that everything hangs off."""
