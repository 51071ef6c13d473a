-- what the last calibration of each arithmetic said
create table certificates (
    numeric_profile text not null constraint certificate_key primary key,
    certificate text not null constraint certificate_is_json check (json_valid(certificate)),
    issued_ms integer not null
) strict;
