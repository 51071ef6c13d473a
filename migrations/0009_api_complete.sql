-- what people write about a job after it was accepted; its spec does not change
alter table jobs add column notes text not null default '';

-- a job that was made from another one, and how
alter table jobs add column origin text;
alter table jobs add column relation text
    constraint job_relation check (relation in ('clone', 'extension', 'verification') and (relation is null) = (origin is null));
-- of a verification: what it leaves out, and how many trials gave another digest than before
alter table jobs add column left_out text constraint job_left_out_is_json check (left_out is null or json_valid(left_out));
alter table jobs add column differing integer not null default 0 constraint job_differing check (differing >= 0);
-- of a trial of a verification the digest that it must have
alter table trials add column expected_digest text;

-- trials of a lower rank run first, whatever their numbers
alter table trials add column rank integer not null default 0;
drop index trials_queued;
create index trials_queued on trials (rank, number, job) where state = 'queued';

-- a deleted job is hidden at once, and removed in slices behind that
alter table jobs add column deleted_ms integer;
create index jobs_deleted on jobs (deleted_ms) where deleted_ms is not null;
create index jobs_alive on jobs (state, id) where deleted_ms is null;
create index jobs_by_end on jobs (coalesce(finished_ms, 9223372036854775807), id);
create index idempotency_keys_by_job on idempotency_keys (job);
-- runs of deleted jobs were looked at all the same: claims on them are not stated before looking
create table deleted_runs (
    run_digest text not null constraint deleted_run_key primary key,
    ended_ms integer not null
) strict, without rowid;

-- events of all jobs in one order; a number is never used twice
create table event_numbers (last integer not null) strict;
insert into event_numbers (last) select count(*) from events;
alter table events add column number integer;
update events set number = numbered.number
    from (select job, sequence, row_number() over (order by at_ms, job, sequence) as number from events) as numbered
    where numbered.job = events.job and numbered.sequence = events.sequence;
create unique index events_by_number on events (number) where number is not null;
-- that a job was deleted is an event that outlives the job
create table deleted_jobs (
    number integer not null constraint deleted_job_number primary key,
    job text not null,
    at_ms integer not null
) strict;

-- for people with sqlite3: every measurement of the jobs that are not deleted, with what it is of
create view results as
    select jobs.id as job, jobs.name, jobs.tags, jobs.state, jobs.spec_digest,
           cells.cell, cells.stage, cells.coordinates, cells.source, cells.network, cells.regularizers, cells.optimizer,
           cells.samples, cells.parameters, cells.dataset_bits,
           cells.trials_succeeded, cells.trials_failed, cells.trials_diverged, cells.trials_cancelled,
           measurements.quantity, measurements.unit, measurements.estimator, measurements.bound, measurements.n,
           measurements.mean, measurements.sd, measurements.ci95_low, measurements.ci95_high, measurements.interval_method,
           evaluations.numeric_profile, evaluations.version, evaluations.analysis_version
    from jobs
    join evaluations on evaluations.job = jobs.id and evaluations.generation = jobs.generation
    join cells on cells.job = jobs.id and cells.generation = jobs.generation
    join measurements on measurements.job = jobs.id and measurements.generation = jobs.generation
                      and measurements.cell = cells.cell
    where jobs.deleted_ms is null;
