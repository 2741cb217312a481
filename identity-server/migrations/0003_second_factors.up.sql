-- Which second factors an identity has, as bits (1 totp, 2 lookup secret, 4 security key, 8 code), so that the level
-- that a session must reach is known from the identity's own row.
ALTER TABLE identities ADD COLUMN second_factors BIGINT NOT NULL DEFAULT 0;
ALTER TABLE identity_credentials ADD COLUMN second_factor BIGINT NOT NULL DEFAULT 0;
-- The last time step of each authenticator app whose code was used: a code works once (RFC 6238 section 5.2).
CREATE TABLE totp_steps (
    identity_id TEXT PRIMARY KEY REFERENCES identities (id) ON DELETE CASCADE,
    last_step BIGINT NOT NULL
);
-- Backup codes that were used; the key makes each usable once.
CREATE TABLE lookup_secret_uses (
    identity_id TEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    batch TEXT NOT NULL,
    position BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (identity_id, batch, position)
);
