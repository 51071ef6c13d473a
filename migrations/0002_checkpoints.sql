-- where an interrupted trial goes on: the last saved moment of its training
create table checkpoints (
    job text not null,
    number integer not null,
    step integer not null,
    state blob not null,
    saved_ms integer not null,
    constraint checkpoint_key primary key (job, number),
    constraint checkpoint_trial foreign key (job, number) references trials (job, number) on delete cascade
) strict;
