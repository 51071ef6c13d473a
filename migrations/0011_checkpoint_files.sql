-- Checkpoints may be larger than a row can be, and writing them must not keep others waiting: new
-- ones lie in files beside the database, and `state` is empty.
alter table checkpoints add column file text;
