-- Since when a rep has the credit for a lead, and what a lead took in beside captures. Owner: fibermap/order.
ALTER TABLE lead ADD COLUMN rep_since TIMESTAMPTZ;
ALTER TABLE lead_merge ADD COLUMN contact_id BIGINT;    -- who spoke, where that is not whom the lead has
ALTER TABLE lead_merge ADD COLUMN from_lead_id BIGINT;  -- the lead that was merged; NULL: a capture that never was one
