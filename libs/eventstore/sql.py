"""The statements of the PostgreSQL recorder."""

# A part is one command, or several that were decided upon one another, and is all or nothing: every
# stream it touches must stand where it was decided on. A command that records nothing is only
# remembered. The lateral look-up and the session settings below keep the version check a plain
# index probe, also for a plan that was made while the table was empty.
APPEND = """
with wanted as materialized (
  select * from unnest($1::int[], $2::uuid[], $3::int[], $4::int[], $5::text[],
                       $6::timestamptz[], $7::bytea[], $8::bytea[]) with ordinality
    as w(part, stream_id, version, expected, topic, occurred_at, payload, meta, n)
), accepted as materialized (
  select w.part from wanted w
    left join lateral (
      select f.version from fact f where f.stream_id = w.stream_id order by f.version desc limit 1
    ) head on true
  group by w.part having bool_and(coalesce(head.version, 0) = w.expected)
  union all
  select r.part from unnest($9::int[]) as r(part)
   where not exists (select from wanted w where w.part = r.part)
), appended as (
  insert into fact (stream_id, version, topic, occurred_at, payload, meta)
  select w.stream_id, w.version, w.topic, w.occurred_at, w.payload, w.meta
    from wanted w where w.part in (select part from accepted) order by w.n
  returning stream_id, version, position, tx::text::bigint as tx, recorded_at
), remembered as (
  insert into request (request_id, fingerprint, stream_id, version)
  select r.request_id, r.fingerprint, r.stream_id, r.version
    from unnest($9::int[], $10::uuid[], $11::bytea[], $12::uuid[], $13::int[])
      as r(part, request_id, fingerprint, stream_id, version)
   where r.part in (select part from accepted)
), timed as (
  select d.*
    from unnest($14::int[], $15::uuid[], $16::text[], $17::timestamptz[], $18::int[], $19::bytea[])
      as d(part, stream_id, kind, due_at, version, meta)
   where d.part in (select part from accepted)
), untimed as (
  delete from deadline where stream_id in (select stream_id from timed where due_at is null)
), retimed as (
  insert into deadline (stream_id, kind, due_at, version, meta)
  select stream_id, kind, due_at, version, meta from timed where due_at is not null
  on conflict (stream_id) do update
    set due_at = excluded.due_at, version = excluded.version, meta = excluded.meta
)
select part, null::uuid as stream_id, null::int as version, null::bigint as position,
       null::bigint as tx, null::timestamptz as recorded_at from accepted
"""

APPEND_RETURNING = (
    APPEND
    + """union all
select null, stream_id, version, position, tx, recorded_at from appended
"""
)

WRITER_SETTINGS = {
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_mergejoin": "off",
    "enable_nestloop": "off",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
}

READER_SETTINGS = {
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "jit": "off",
}

# A stream that is wanted after no version begins with its latest snapshot.
LOAD = """
with wanted as materialized (
  select w.stream_id, coalesce(w.after, s.version, 0) as after, s.schema, s.state
    from unnest($1::uuid[], $2::int[]) as w(stream_id, after)
    left join lateral (
      select * from snapshot where snapshot.stream_id = w.stream_id and w.after is null
    ) s on true
)
select stream_id, after as version, schema as topic, null::timestamptz as occurred_at,
       state as payload, null::bytea as meta
  from wanted where schema is not null
union all
select f.stream_id, f.version, f.topic, f.occurred_at, f.payload, f.meta
  from wanted w
  cross join lateral (
    select * from fact f where f.stream_id = w.stream_id and f.version > w.after
    order by f.version
  ) f
"""

KEEP_SNAPSHOT = """
insert into snapshot (stream_id, version, schema, state) values ($1, $2, $3, $4)
on conflict (stream_id) do update
  set version = excluded.version, schema = excluded.schema, state = excluded.state
  where snapshot.version < excluded.version or snapshot.schema <> excluded.schema
"""

ANSWERS = """
select request_id, fingerprint, stream_id, version from request where request_id = any($1::uuid[])
"""

# Positions are given out before commit and transactions commit in any order, so a reader that
# asks for `position > last` skips facts. Below the oldest running transaction nothing can appear.
# The last row has no position: it says whether there are facts above that. The order is of the
# table's columns: by what is selected under their names, all that is left would be sorted first.
READ = """
(select position, tx::text::bigint as tx, recorded_at,
        stream_id, version, topic, occurred_at, payload, meta
   from fact
  where (tx, position) > ($1::bigint::text::xid8, $2)
    and tx < pg_snapshot_xmin(pg_current_snapshot())
  order by fact.tx, fact.position
  limit $3)
union all
select null, exists (
         select from fact where tx >= pg_snapshot_xmin(pg_current_snapshot())
       )::int, null, null, null, null, null, null, null
"""

DUE = """
select stream_id, kind, due_at, version, meta from deadline
 where due_at <= $1 order by due_at limit $2
"""

NEXT_DUE = "select min(due_at) from deadline"

KEEP_DEADLINE = """
insert into deadline (stream_id, kind, due_at, version, meta) values ($1, $2, $3, $4, $5)
on conflict (stream_id) do update
  set due_at = excluded.due_at, version = excluded.version, meta = excluded.meta
"""

# Losing a notice delays the readers in other processes until they next look, so nobody waits for it
# to be durable: a commit that notifies holds a lock that is one for the whole server.
OTHERS = """
select count(*) > 1 from pg_stat_activity
 where datname = current_database() and application_name = 'entrepot listener'
"""

TELL = """
select set_config('synchronous_commit', 'off', true), pg_notify('fact', $1),
       case when $2 <> '' then pg_notify('deadline', $1 || ' ' || $2) end
"""

DROP_DEADLINE = "delete from deadline where stream_id = $1"
