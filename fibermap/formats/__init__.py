"""Files and features: every reader yields the same Arrow batches, every writer takes a GeoDataFrame. No database."""
