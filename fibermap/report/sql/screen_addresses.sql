-- What screens show of an address. Whatever lists may not contain is not shown either.
SELECT address_id, location_id, fcc_location_id, full_address, unit, city, state, zip, county,
       class, technology, evidence, confidence, expected_live_on, expected_precision,
       area_id, area_name, phase, terminal_id, terminal, drop_m,
       serviceable, kind, units, holds, flags, connectivity, orderable, not_orderable,
       network_ready_on, sales_open_on, lon, lat, placement, provisional, records, answerable, version
FROM listed_addresses
