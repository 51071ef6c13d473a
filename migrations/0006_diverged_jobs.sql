-- no-transaction
-- a job all of whose trainings diverged ends as what it is; the table is made anew since a
-- constraint changes (every step can be repeated after a kill)
pragma foreign_keys = off;
begin immediate;
drop table if exists jobs_anew;
create table jobs_anew (
    id text not null constraint job_id primary key,
    name text not null,
    tags text not null constraint job_tags_are_json check (json_valid(tags)),
    state text not null constraint job_state check (state in ('queued', 'running', 'succeeded', 'diverged', 'failed', 'cancelled')),
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
    -- while more rounds of a search may come the end of all trials is not the end of the job
    searching integer not null default 0 constraint job_searching check (searching in (0, 1)),
    constraint job_counts check (
        min(queued, running, succeeded, diverged, failed, cancelled) >= 0
        and queued + running + succeeded + diverged + failed + cancelled = trials
    )
) strict;
insert into jobs_anew (id, name, tags, state, spec, plan, trials, queued, running, succeeded, diverged, failed, cancelled,
                       created_ms, started_ms, finished_ms, headline, searching)
    select id, name, tags, state, spec, plan, trials, queued, running, succeeded, diverged, failed, cancelled,
           created_ms, started_ms, finished_ms, headline, searching from jobs;
drop table jobs;
alter table jobs_anew rename to jobs;
create index jobs_by_state on jobs (state, id);
create index jobs_by_name on jobs (name, id);
create index jobs_searching on jobs (id) where searching = 1 and finished_ms is null;
create index jobs_without_headline on jobs (id) where headline is null and finished_ms is not null;
commit;
pragma foreign_keys = on;
