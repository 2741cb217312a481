-- Counted up with every change, so that a change that rests on an old reading is refused.
ALTER TABLE identities ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;

-- What a search filters by. `indexed` says whether the terms of the traits stand below.
ALTER TABLE identities ADD COLUMN verified BIGINT NOT NULL DEFAULT 0;
ALTER TABLE identities ADD COLUMN indexed BIGINT NOT NULL DEFAULT 0;
UPDATE identities SET verified = 1 WHERE verifiable_addresses LIKE '%"verified":true%';
CREATE INDEX identities_recent ON identities (created_at, id);
CREATE INDEX identities_state ON identities (state, created_at, id);
CREATE INDEX identities_verified ON identities (verified, created_at, id);
CREATE INDEX identities_indexed ON identities (indexed, id);
CREATE INDEX identities_organization ON identities (organization_id, id);

-- The words of the traits in lower case, compared byte by byte, so that a prefix is a range of the index.
CREATE TABLE identity_search_terms (
    term TEXT {bytewise} NOT NULL,
    identity_id TEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    PRIMARY KEY (term, identity_id)
);
CREATE INDEX identity_search_terms_identity ON identity_search_terms (identity_id);

CREATE INDEX sessions_recent ON sessions (issued_at, id);
