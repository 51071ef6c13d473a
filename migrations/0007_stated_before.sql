-- whether the claims of a job were stated before looking: the digest of its spec, claims included, is
-- stored with the job, before its first trial; and of each trial what was run and when it ended
alter table jobs add column spec_digest text;
alter table jobs add column claims integer not null default 0;
-- trials of the job whose very training and measurements had ended in another job before it was accepted
alter table jobs add column known_before integer not null default 0 constraint job_known_before check (known_before >= 0);
alter table trials add column run_digest text;
alter table trials add column ended_ms integer;
create index trials_by_run on trials (run_digest, ended_ms) where run_digest is not null;
