-- A statement has what took effect before its cut, and what took effect later has to be left out.
alter table statement add column opened_at timestamptz;
create index entry_by_effect on entry (shard, effective_at);
