"""What every room of the house shares: ids, clock, units, settings, errors and published events."""
