-- One list of records, appended to and never changed. {record_number} is the widest whole number
-- that the database can use as the key of a row.
CREATE TABLE records (
    seq {record_number} PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    pen TEXT,
    run BIGINT,
    due BIGINT,
    author TEXT NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX records_by_name ON records (kind, name, seq);
CREATE INDEX records_by_pen ON records (pen, kind, seq);
CREATE INDEX records_by_run ON records (run, seq);
-- Numbers that are given once, for ever.
CREATE UNIQUE INDEX once ON records (kind, name)
    WHERE kind IN ('store', 'end', 'certificate', 'session', 'journal');
