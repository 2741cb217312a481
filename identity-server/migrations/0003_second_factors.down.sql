DROP TABLE lookup_secret_uses;
DROP TABLE totp_steps;
ALTER TABLE identity_credentials DROP COLUMN second_factor;
ALTER TABLE identities DROP COLUMN second_factors;
