-- What people look at and decide. Owner: fibermap/review; of record_ruling: fibermap/address.

-- A person's word on two records: that they are one address, or two. It counts while both records say what they said.
CREATE TABLE record_ruling (
    ruling_id BIGINT NOT NULL,
    record_id BIGINT NOT NULL, other_record_id BIGINT NOT NULL,     -- the smaller id first
    place_key VARCHAR NOT NULL, other_place_key VARCHAR NOT NULL,   -- what each said when it was ruled on
    one BOOLEAN NOT NULL,           -- they are one address; false: two
    author VARCHAR NOT NULL, reason VARCHAR NOT NULL, made_at TIMESTAMPTZ NOT NULL,
    from_version INTEGER NOT NULL, to_version INTEGER
);

-- Who decided what of an item of a queue, and when. Temporal, so that whatever takes back its version takes it back too.
CREATE TABLE review_decision (
    decision_id BIGINT NOT NULL,
    item_id BIGINT NOT NULL,
    queue VARCHAR NOT NULL,         -- quarantined | duplicate | flag | missing
    facts VARCHAR NOT NULL,         -- of the item when it was decided; with other facts it is open again
    choice VARCHAR NOT NULL,        -- accept | merge | split | hold | discard
    why VARCHAR NOT NULL, title VARCHAR NOT NULL,   -- what the item said
    author VARCHAR NOT NULL, reason VARCHAR NOT NULL, decided_at TIMESTAMPTZ NOT NULL,
    made_in INTEGER NOT NULL,       -- the plan version that it was decided in, with all that follows from it
    ids VARCHAR NOT NULL,           -- JSON: the holds, addresses or areas that it placed
    from_version INTEGER NOT NULL, to_version INTEGER
);

-- Who looks after an item. A note among colleagues, no change of the plan.
CREATE TABLE review_assignee (
    item_id BIGINT PRIMARY KEY,
    assignee VARCHAR NOT NULL,
    assigned_by VARCHAR NOT NULL,
    assigned_at TIMESTAMPTZ NOT NULL
);

-- Since when a flag has been there without a break, whatever its detail; of older ones, since this table knows.
ALTER TABLE flag ADD COLUMN since_version INTEGER;
UPDATE flag SET since_version = (SELECT max(version) FROM plan_version);

-- Whether a report is open follows from the decisions.
ALTER TABLE missing_report DROP COLUMN state;

-- Everything that is for a person to look at, decided or not, with the facts that a decision rests on. An item's id
-- follows from what it is about, so that no later ingest makes another item of it.
CREATE VIEW quarantined_item AS
WITH told AS (
    SELECT *, md5(concat_ws(chr(31), reason, coalesce(source_fid, chr(30)), coalesce(name, chr(30)),
                            coalesce(md5(geometry), chr(30)), attributes)) AS facts
    FROM rejection WHERE outcome = 'quarantined'
),
first_told AS (SELECT source_id, facts, min(from_version) AS since_version FROM told GROUP BY source_id, facts),
numbered AS (   -- things that are alike in everything are told apart by their order
    SELECT *, row_number() OVER (PARTITION BY source_id, facts ORDER BY path, layer, row, part, rejection_id) AS copy
    FROM told WHERE to_version IS NULL
)
SELECT (md5_number_lower(concat_ws(chr(31), 'quarantined', n.source_id, n.facts, n.copy)) >> 11)::BIGINT AS item_id,
       'quarantined' AS queue, n.reason AS why, coalesce(n.name, n.source_fid, 'Row ' || n.row) AS title, n.detail,
       s.name AS source, NULL::BIGINT AS address_id, NULL::BIGINT AS other_id, n.rejection_id AS subject_id,
       NULL::DOUBLE AS lon, NULL::DOUBLE AS lat, v.created_at AS since, n.facts
FROM numbered n
JOIN first_told f ON f.source_id = n.source_id AND f.facts = n.facts
LEFT JOIN plan_version v ON v.version = f.since_version
LEFT JOIN source s ON s.source_id = n.source_id;

CREATE VIEW duplicate_item AS
WITH paired AS (
    SELECT least(a.address_id, b.address_id) AS address_id, greatest(a.address_id, b.address_id) AS other_id,
           min(d.reason) AS why, min(d.from_version) AS since_version
    FROM duplicate_review d
    JOIN record_address a ON a.record_id = d.record_id AND a.to_version IS NULL
    JOIN record_address b ON b.record_id = d.other_record_id AND b.to_version IS NULL
    WHERE d.to_version IS NULL AND a.address_id <> b.address_id
    GROUP BY ALL
),
told AS (
    SELECT address_id, full_address, lon, lat,
           concat_ws(chr(31), delivery_line, coalesce(city, ''), coalesce(zip, ''), kind, coalesce(fcc_location_id, ''),
                     coalesce(round(lon, 6), 0), coalesce(round(lat, 6), 0)) AS says
    FROM address WHERE to_version IS NULL
)
SELECT (md5_number_lower(concat_ws(chr(31), 'duplicate', p.address_id, p.other_id)) >> 11)::BIGINT AS item_id,
       'duplicate' AS queue, p.why, a.full_address AS title, b.full_address AS detail, NULL::VARCHAR AS source,
       p.address_id, p.other_id, p.address_id AS subject_id, coalesce(a.lon, b.lon) AS lon, coalesce(a.lat, b.lat) AS lat,
       v.created_at AS since, md5(concat_ws(chr(31), p.why, a.says, b.says)) AS facts
FROM paired p
JOIN told a ON a.address_id = p.address_id
JOIN told b ON b.address_id = p.other_id
LEFT JOIN plan_version v ON v.version = p.since_version;

CREATE VIEW flag_item AS
WITH flagged AS (
    SELECT f.address_id, f.code, f.detail, v.created_at AS since
    FROM flag f LEFT JOIN plan_version v ON v.version = f.since_version
    UNION ALL   -- what a person flagged; flagged once more, it is to be looked at once more
    SELECT m.address_id, m.code, m.detail, max(c.made_at)
    FROM address_flag m
    LEFT JOIN correction c ON c.address_id = m.address_id AND c.kind = 'flag' AND c.to_version IS NULL
    WHERE m.code = 'marked' GROUP BY ALL
)
SELECT (md5_number_lower(concat_ws(chr(31), 'flag', f.address_id, f.code)) >> 11)::BIGINT AS item_id,
       'flag' AS queue, f.code AS why, a.full_address AS title, f.detail, NULL::VARCHAR AS source,
       f.address_id, NULL::BIGINT AS other_id, f.address_id AS subject_id, a.lon, a.lat, f.since,
       md5(concat_ws(chr(31), f.code, f.detail, CASE WHEN f.code = 'marked' THEN f.since END)) AS facts
FROM flagged f
JOIN address a ON a.address_id = f.address_id AND a.to_version IS NULL;

CREATE VIEW missing_item AS
SELECT (md5_number_lower(concat_ws(chr(31), 'missing', report_id)) >> 11)::BIGINT AS item_id,
       'missing' AS queue, 'reported_missing' AS why, text AS title, coalesce(note, '') AS detail,
       NULL::VARCHAR AS source, NULL::BIGINT AS address_id, NULL::BIGINT AS other_id, report_id AS subject_id, lon, lat,
       reported_at AS since,
       md5(concat_ws(chr(31), text, coalesce(note, ''), coalesce(lon, 0), coalesce(lat, 0))) AS facts
FROM missing_report;

CREATE VIEW review_item AS
SELECT * FROM quarantined_item UNION ALL SELECT * FROM duplicate_item
UNION ALL SELECT * FROM flag_item UNION ALL SELECT * FROM missing_item;

-- The items that nobody has decided as they are now.
CREATE VIEW review_queue AS
SELECT i.*, w.assignee
FROM review_item i
ANTI JOIN (SELECT item_id, facts FROM review_decision WHERE to_version IS NULL) d
     ON d.item_id = i.item_id AND d.facts = i.facts
LEFT JOIN review_assignee w ON w.item_id = i.item_id;
