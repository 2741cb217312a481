-- The audit trail. No foreign keys: what happened stays, also when the account has gone.
CREATE TABLE audit_events (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    outcome TEXT NOT NULL,
    actor TEXT NOT NULL,
    identity_id TEXT,
    method TEXT,
    session_id TEXT,
    flow_id TEXT,
    client_address TEXT,
    user_agent TEXT,
    request_id TEXT,
    detail TEXT NOT NULL
);
CREATE INDEX audit_events_recent ON audit_events (at, id);
CREATE INDEX audit_events_identity ON audit_events (identity_id, at);
CREATE INDEX audit_events_kind ON audit_events (kind, at);
