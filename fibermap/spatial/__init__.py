"""Pure geometry on float64 longitude and latitude (EPSG:4326) or local metres. No database, no files."""
