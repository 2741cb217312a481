-- When a session was used last, to the minute; nought until then. Only kept up where idle sessions end.
ALTER TABLE sessions ADD COLUMN last_used_at BIGINT NOT NULL DEFAULT 0;
