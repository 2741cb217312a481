CREATE TABLE identities (
    id TEXT PRIMARY KEY,
    external_id TEXT UNIQUE,
    schema_id TEXT NOT NULL,
    state TEXT NOT NULL,
    state_changed_at BIGINT NOT NULL,
    traits TEXT NOT NULL,
    verifiable_addresses TEXT NOT NULL,
    recovery_addresses TEXT NOT NULL,
    metadata_public TEXT NOT NULL,
    metadata_admin TEXT NOT NULL,
    organization_id TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Which identity an address belongs to. The addresses themselves stand in the identity's row, so that a session is
-- answered from one join; this table makes them unique and finds them.
CREATE TABLE identity_addresses (
    purpose TEXT NOT NULL,
    via TEXT NOT NULL,
    value TEXT NOT NULL,
    identity_id TEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    PRIMARY KEY (purpose, via, value)
);
CREATE INDEX identity_addresses_identity ON identity_addresses (identity_id);

CREATE TABLE identity_credentials (
    identity_id TEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    config TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (identity_id, type)
);

CREATE TABLE identity_credential_identifiers (
    type TEXT NOT NULL,
    identifier TEXT NOT NULL,
    identity_id TEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    PRIMARY KEY (type, identifier)
);
CREATE INDEX identity_credential_identifiers_identity ON identity_credential_identifiers (identity_id);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    identity_id TEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    active BIGINT NOT NULL,
    authentication_methods TEXT NOT NULL,
    devices TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_identity ON sessions (identity_id, issued_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE session_token_exchanges (
    flow_id TEXT PRIMARY KEY,
    session_id TEXT,
    init_code_hash TEXT NOT NULL UNIQUE,
    return_code_hash TEXT NOT NULL,
    sealed_token TEXT,
    expires_at BIGINT NOT NULL
);

CREATE TABLE selfservice_flows (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX selfservice_flows_expiry ON selfservice_flows (expires_at);

CREATE TABLE selfservice_errors (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE one_time_codes (
    id TEXT PRIMARY KEY,
    flow_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    via TEXT NOT NULL,
    address TEXT NOT NULL,
    identity_id TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX one_time_codes_flow ON one_time_codes (flow_id);
CREATE INDEX one_time_codes_expiry ON one_time_codes (expires_at);

-- The feed that gateways follow. On PostgreSQL `txid` orders what concurrent transactions write, so that a reader
-- never passes over a row that is committed late.
CREATE TABLE session_changes (
    seq {sequence},
    txid BIGINT NOT NULL DEFAULT {txid},
    kind TEXT NOT NULL,
    session_id TEXT,
    identity_id TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX session_changes_order ON session_changes (txid, seq);

CREATE TABLE courier_messages (
    id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    type TEXT NOT NULL,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    html_body TEXT NOT NULL,
    template_type TEXT NOT NULL,
    template_data TEXT NOT NULL,
    send_count BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX courier_messages_queue ON courier_messages (status, next_attempt_at);
CREATE INDEX courier_messages_recent ON courier_messages (created_at, id);

CREATE TABLE courier_dispatches (
    id TEXT PRIMARY KEY,
    message_id TEXT NOT NULL REFERENCES courier_messages (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    error TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX courier_dispatches_message ON courier_dispatches (message_id);
