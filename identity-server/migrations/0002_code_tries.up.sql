-- How often a code was tried in a flow. A row of its own, so that one statement can count and compare.
CREATE TABLE code_tries (
    flow_id TEXT PRIMARY KEY REFERENCES selfservice_flows (id) ON DELETE CASCADE,
    tries BIGINT NOT NULL
);
