-- a job: one request, with counters of its trials kept in the same transactions
-- that change them, so that no page ever counts rows
create table jobs (
    id text not null constraint job_id primary key,
    name text not null,
    tags text not null constraint job_tags_are_json check (json_valid(tags)),
    state text not null constraint job_state check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    spec text not null constraint job_spec_is_json check (json_valid(spec)),
    plan text not null constraint job_plan_is_json check (json_valid(plan)),
    trials integer not null constraint job_has_trials check (trials > 0),
    queued integer not null,
    running integer not null,
    succeeded integer not null,
    diverged integer not null,
    failed integer not null,
    cancelled integer not null,
    created_ms integer not null,
    started_ms integer,
    finished_ms integer,
    -- what the list shows of a finished job's analysis; written once, after the end
    headline text constraint job_headline_is_json check (headline is null or json_valid(headline)),
    constraint job_counts check (
        min(queued, running, succeeded, diverged, failed, cancelled) >= 0
        and queued + running + succeeded + diverged + failed + cancelled = trials
    )
) strict;

create index jobs_by_state on jobs (state, id);
create index jobs_by_name on jobs (name, id);

-- a trial: one cell of the sweep with one seed; its number says which
create table trials (
    job text not null constraint trial_job references jobs (id) on delete cascade,
    number integer not null constraint trial_number check (number >= 0),
    state text not null constraint trial_state check (state in ('queued', 'running', 'succeeded', 'diverged', 'failed', 'cancelled')),
    -- raised by every claim; only the holder of the last one may complete
    epoch integer not null,
    -- claims that were not given back
    attempt integer not null,
    worker text,
    lease_until_ms integer,
    report text,
    digest text,
    seconds real,
    detail text,
    constraint trial_key primary key (job, number),
    constraint trial_result check ((state in ('succeeded', 'diverged')) = (report is not null and digest is not null))
) strict, without rowid;

-- low numbers first across jobs: a small job behind a large one starts at once
create index trials_queued on trials (number, job) where state = 'queued';
create index trials_running on trials (lease_until_ms) where state = 'running';

-- what happened to a job, in order, for those who watch
create table events (
    job text not null constraint event_job references jobs (id) on delete cascade,
    sequence integer not null,
    kind text not null,
    data text not null constraint event_data_is_json check (json_valid(data)),
    at_ms integer not null,
    constraint event_key primary key (job, sequence)
) strict, without rowid;

-- the answer to a request that may be sent twice
create table idempotency_keys (
    key text not null constraint idempotency_key primary key,
    body_digest text not null,
    job text not null constraint idempotency_job references jobs (id) on delete cascade,
    created_ms integer not null
) strict;

create index idempotency_keys_by_age on idempotency_keys (created_ms);

-- two results of one trial that differ: determinism is broken, somebody must look
create table digest_alarms (
    job text not null,
    number integer not null,
    stored_digest text not null,
    offered_digest text not null,
    at_ms integer not null
) strict;
