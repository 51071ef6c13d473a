-- What the API answers of the results of an ended job, made with its rows, so that no answer waits for an evaluation.
-- How many documents of the part `result` there are, one for each cell; null where an earlier version evaluated.
alter table evaluations add column results integer;
create table documents (
    job text not null,
    generation integer not null,
    -- `analysis` has the curves of capacities, `outline` does without
    part text not null constraint document_part check (part in ('result', 'analysis', 'outline')),
    number integer not null,
    -- JSON in the format of gzip, whose checksum is compared when it is read
    body blob not null,
    constraint document_key primary key (job, generation, part, number),
    constraint document_evaluation foreign key (job, generation) references evaluations (job, generation) on delete cascade
) strict;
-- what earlier versions evaluated is evaluated again, and then has documents
update jobs set analysis_version = 0 where analysis_version > 0;
