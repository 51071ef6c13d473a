-- no-transaction
-- a report that cannot be repeated has no digest, instead of a text that says so; the table is
-- made anew since a constraint changes (every step can be repeated after a kill)
pragma foreign_keys = off;
begin immediate;
drop table if exists trials_anew;
create table trials_anew (
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
    -- absent of a report that cannot be repeated
    digest text constraint trial_digest check (digest is null or report is not null),
    seconds real,
    detail text,
    -- of a search what the training is one of
    point text constraint trial_point_is_json check (point is null or json_valid(point)),
    constraint trial_key primary key (job, number),
    constraint trial_result check ((state in ('succeeded', 'diverged')) = (report is not null))
) strict, without rowid;
insert into trials_anew (job, number, state, epoch, attempt, worker, lease_until_ms, report, digest, seconds, detail, point)
    select job, number, state, epoch, attempt, worker, lease_until_ms, report, nullif(digest, 'not reproducible'), seconds,
           detail, point from trials;
drop table trials;
alter table trials_anew rename to trials;
-- low numbers first across jobs: a small job behind a large one starts at once
create index trials_queued on trials (number, job) where state = 'queued';
create index trials_running on trials (lease_until_ms) where state = 'running';
-- what a coordinator looks for: searches between two rounds, ended jobs without a headline
create index if not exists jobs_searching on jobs (id) where searching = 1 and finished_ms is null;
create index if not exists jobs_without_headline on jobs (id) where headline is null and finished_ms is not null;
commit;
pragma foreign_keys = on;
