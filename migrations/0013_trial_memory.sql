-- memory that a trial needs, in bytes, once a worker with less room was offered it
alter table trials add column bytes integer constraint trial_bytes check (bytes is null or bytes >= 0);
