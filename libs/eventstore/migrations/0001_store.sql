-- Facts of one service. Rows are added, never changed.
create table fact (
  position    bigint generated always as identity,
  tx          xid8 not null default pg_current_xact_id(),
  stream_id   uuid not null,
  version     int not null check (version > 0),
  topic       text not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default now(),
  payload     bytea not null,
  meta        bytea not null,
  primary key (stream_id, version)
);
create unique index fact_in_commit_order on fact (tx, position);

-- Every request that recorded something, and what it was answered with: kept for ever.
create table request (
  request_id  uuid primary key,
  fingerprint bytea not null,
  stream_id   uuid not null,
  version     int not null
);

create table snapshot (
  stream_id uuid primary key,
  version   int not null,
  schema    text not null,
  state     bytea not null
);

create table deadline (
  stream_id uuid primary key,
  kind      text not null,
  due_at    timestamptz not null
);
create index deadline_by_time on deadline (due_at, stream_id);

-- How far each follower of the facts has come; the epoch fences one that lost its place.
create table mark (
  name     text primary key,
  tx       bigint not null default 0,
  position bigint not null default 0,
  epoch    bigint not null default 0
);

-- Messages that could not be handled, and those of the same key that wait behind them.
create table parked (
  id        bigint generated always as identity primary key,
  topic     text not null,
  partition int not null,
  "offset"  bigint not null,
  key       bytea not null,
  value     bytea not null,
  headers   jsonb not null,
  error     text not null,
  attempts  int not null default 1,
  parked_at timestamptz not null default now(),
  unique (topic, partition, "offset")
);
create index parked_by_key on parked (topic, key, id);

-- Skipping a parked message is itself recorded.
create table skipped (
  id         bigint primary key,
  topic      text not null,
  partition  int not null,
  "offset"   bigint not null,
  key        bytea not null,
  value      bytea not null,
  headers    jsonb not null,
  error      text not null,
  reason     text not null,
  skipped_by text not null,
  skipped_at timestamptz not null default now()
);

create function refuse_change_of_rows() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never changed', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger facts_are_for_ever before update or delete or truncate on fact
  for each statement execute function refuse_change_of_rows();
create trigger answers_are_for_ever before update or delete or truncate on request
  for each statement execute function refuse_change_of_rows();
