-- what follows from a job, as rows: written when it ends, by the version of the analysis that `generation` tells.
-- Rows of a generation are written in slices and shown by one update of the job; readers see the old ones, or the
-- new ones, never some of both.
alter table jobs add column generation integer not null default 0;
alter table jobs add column analysis_version integer not null default 0 constraint job_analysis check (analysis_version >= 0);
create index jobs_to_evaluate on jobs (analysis_version, id) where finished_ms is not null;
drop index jobs_without_headline;

-- who made the rows of a job
create table evaluations (
    job text not null constraint evaluation_job references jobs (id) on delete cascade,
    generation integer not null,
    analysis_version integer not null,
    version text not null,
    numeric_profile text,
    -- digits: beyond the whole numbers of SQLite
    seed text not null,
    made_ms integer not null,
    constraint evaluation_key primary key (job, generation)
) strict, without rowid;

-- one configuration; of a search each setting that it tried
create table cells (
    job text not null,
    generation integer not null,
    cell integer not null,
    -- of a search: tuning or reported
    stage text,
    coordinates text not null constraint cell_coordinates_are_json check (json_valid(coordinates)),
    source text not null,
    network text not null,
    regularizers text not null constraint cell_regularizers_are_json check (json_valid(regularizers)),
    optimizer text not null,
    samples integer not null,
    parameters integer not null,
    dataset_bits real not null,
    trials_succeeded integer not null,
    trials_failed integer not null,
    trials_diverged integer not null,
    trials_cancelled integer not null,
    constraint cell_key primary key (job, generation, cell),
    constraint cell_evaluation foreign key (job, generation) references evaluations (job, generation) on delete cascade
) strict, without rowid;

-- a quantity over the replicates of a cell
create table measurements (
    job text not null,
    generation integer not null,
    cell integer not null,
    quantity text not null,
    unit text not null,
    estimator text not null,
    bound text not null,
    n integer not null,
    mean real not null,
    sd real,
    ci95_low real,
    ci95_high real,
    -- how the interval was made, or why there is none
    interval_method text not null,
    constraint measurement_key primary key (job, generation, cell, quantity),
    constraint measurement_cell foreign key (job, generation, cell) references cells (job, generation, cell) on delete cascade
) strict, without rowid;
create index measurements_by_job on measurements (quantity, job, cell, generation);
create index measurements_by_mean on measurements (quantity, mean, job, cell, generation);

-- the capacity of each setting of the axes beside the number of samples
create table capacities (
    job text not null,
    generation integer not null,
    number integer not null,
    coordinates text not null constraint capacity_coordinates_are_json check (json_valid(coordinates)),
    source text not null,
    network text not null,
    regularizers text not null constraint capacity_regularizers_are_json check (json_valid(regularizers)),
    optimizer text not null,
    parameters integer not null,
    n integer not null,
    capacity_bits real not null,
    capacity_bits_ci95_low real,
    capacity_bits_ci95_high real,
    capacity_bits_lower_bound_95 real,
    bits_per_parameter real not null,
    interval_method text not null,
    peak_samples integer not null,
    peak_dataset_bits real not null,
    saturated integer,
    converged text not null,
    estimator text not null,
    constraint capacity_key primary key (job, generation, number),
    constraint capacity_evaluation foreign key (job, generation) references evaluations (job, generation) on delete cascade
) strict, without rowid;
create index capacities_by_bits on capacities (capacity_bits, job, number, generation);

-- what was concluded of each claim
create table verdicts (
    job text not null,
    generation integer not null,
    number integer not null,
    says text not null,
    quantity text not null,
    verdict text not null,
    coordinates text not null,
    measured real,
    expected real not null,
    p_adjusted real,
    -- everything that is known of it
    document text not null constraint verdict_is_json check (json_valid(document)),
    constraint verdict_key primary key (job, generation, number),
    constraint verdict_evaluation foreign key (job, generation) references evaluations (job, generation) on delete cascade
) strict, without rowid;

-- a result that was there: which trial gave it
alter table trials add column reused_from text;
