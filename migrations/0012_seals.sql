-- the digest of all that is stored of an ended job: SQLite's own check sees pages that are no tree, and not
-- numbers that have changed
create table seals (
    job text not null constraint seal_key primary key constraint seal_job references jobs (id) on delete cascade,
    -- what of the job it is a seal of; a job that was opened again or evaluated anew gets another
    finished_ms integer not null,
    generation integer not null,
    -- which columns it covers
    format integer not null,
    digest text not null
) strict, without rowid;
