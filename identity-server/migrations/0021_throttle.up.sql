-- Counters of tries: `used_until` is the moment until which the allowed tries are used up, in microseconds.
CREATE TABLE throttle (
    key TEXT PRIMARY KEY,
    used_until BIGINT NOT NULL,
    failures BIGINT NOT NULL
);
CREATE INDEX throttle_age ON throttle (used_until);
