-- a run of the suite of known answers: its jobs are jobs like any other, and its certificate is issued when all have ended
create table calibrations (
    number integer not null constraint calibration_key primary key,
    quick integer not null constraint calibration_quick check (quick in (0, 1)),
    state text not null constraint calibration_state check (state in ('running', 'succeeded', 'cancelled')),
    -- the build that it is a calibration of
    version text not null,
    numeric_profile text not null,
    -- number of its jobs; one that was deleted is missed
    jobs integer not null constraint calibration_has_jobs check (jobs > 0),
    created_ms integer not null,
    finished_ms integer
) strict;
-- one at a time
create unique index calibrations_running on calibrations (state) where state = 'running';

alter table jobs add column calibration integer constraint job_calibration references calibrations (number);
-- which case of the suite the job is: its place in the suite and its name; the job's own name may be changed
alter table jobs add column calibration_case text
    constraint job_calibration_case check ((calibration_case is null) = (calibration is null));
create index jobs_by_calibration on jobs (calibration) where calibration is not null;

-- what a job has to do with, so that a filter which few jobs pass finds them without looking at all: a tag; a kind of source,
-- network, regularizer ('' for none) or optimizer among its cells; its largest number of replicates in ten digits. A facet
-- may outlive what it was made from: whoever finds a job by it looks again.
create table facets (
    facet text not null constraint facet_name
        check (facet in ('tag', 'source', 'network', 'regularizer', 'optimizer', 'replicates')),
    value text not null,
    job text not null constraint facet_job references jobs (id) on delete cascade,
    constraint facet_key primary key (facet, value, job)
) strict, without rowid;
create index facets_by_job on facets (job);
insert or ignore into facets (facet, value, job) select 'tag', value, jobs.id from jobs, json_each(jobs.tags);
insert or ignore into facets (facet, value, job) select 'source', source, job from cells;
insert or ignore into facets (facet, value, job) select 'network', network, job from cells;
insert or ignore into facets (facet, value, job) select 'optimizer', optimizer, job from cells;
insert or ignore into facets (facet, value, job) select 'regularizer', value, cells.job from cells, json_each(cells.regularizers);
insert or ignore into facets (facet, value, job) select 'regularizer', '', job from cells where regularizers = '[]';
insert or ignore into facets (facet, value, job)
    select 'replicates', printf('%010d', max(n)), job from (
        select job, n from measurements union all select job, n from capacities) group by job;
