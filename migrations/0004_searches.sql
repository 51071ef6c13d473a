-- a search asks for its trials round by round: each says what it is a training of, and
-- while more rounds may come the end of all trials is not the end of the job
alter table trials add column point text constraint trial_point_is_json check (point is null or json_valid(point));
alter table jobs add column searching integer not null default 0 constraint job_searching check (searching in (0, 1));
