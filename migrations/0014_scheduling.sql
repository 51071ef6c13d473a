-- Which job is next, by what is known of jobs instead of trials: among those of the highest priority that have
-- a trial to run, turns between the oldest and the one that had the least time of workers.
alter table jobs add column priority integer not null default 1 constraint job_priority check (priority in (0, 1, 2));
update jobs set priority = 0 where calibration is not null;
alter table jobs add column paused_ms integer;
-- seconds of workers: what one trial is expected to take, and what all took
alter table jobs add column trial_seconds real not null default 1.0 constraint job_trial_seconds check (trial_seconds > 0);
alter table jobs add column served_seconds real not null default 0.0;
create unique index jobs_waiting_by_age on jobs (priority, id) where queued > 0 and paused_ms is null;
create unique index jobs_waiting_by_service on jobs (priority, served_seconds, id) where queued > 0 and paused_ms is null;
create table turns (
    priority integer not null constraint turn_key primary key,
    oldest_seconds real not null,
    least_seconds real not null
) strict;
insert into turns (priority, oldest_seconds, least_seconds) values (0, 0.0, 0.0), (1, 0.0, 0.0), (2, 0.0, 0.0);

drop index trials_queued;
alter table trials drop column rank;
create index trials_queued on trials (job, number) where state = 'queued';
-- a trial that ended the process it ran in: how often, and when it may be tried again (as `running_time` counts)
alter table trials add column deaths integer not null default 0;
alter table trials add column not_before_ms integer;

-- milliseconds that servers ran on this database, by a clock that never jumps: leases and the life of keys are counted
-- with it, and the wall clock is for people
create table running_time (ms integer not null) strict;
insert into running_time (ms) values (0);
alter table idempotency_keys add column kept_since_ms integer not null default 0;
drop index idempotency_keys_by_age;
create index idempotency_keys_by_age on idempotency_keys (kept_since_ms);

-- what came first is told by the numbers of events, whatever the wall clock did in between
alter table jobs add column accepted_event integer;
alter table trials add column ended_event integer;
alter table deleted_runs add column ended_event integer;
