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
-- which case of the suite the job is; its name may be changed
alter table jobs add column calibration_case text
    constraint job_calibration_case check ((calibration_case is null) = (calibration is null));
create index jobs_by_calibration on jobs (calibration) where calibration is not null;
