-- Tries that count against `courier.message_retries`: those that the other side refused. An outage is no fault of the
-- message.
ALTER TABLE courier_messages ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;
