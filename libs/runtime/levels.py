"""What the database of any service says of it: followers, parked keys, timers, the server itself.

Every query is bounded: it goes along an index, or stops counting at a limit.
"""

from libs.runtime.level import Level

COUNTED_MAX = 10_000
"""A backlog beyond this is reported as this: it is long past being a matter of degree."""

_BEYOND = """
    from fact where (tx, position) > (mark.tx::text::xid8, mark.position) order by tx, position
"""

STORE = (
    Level(
        name="entrepot_follower_behind_facts",
        about=f"Facts that a follower has not dealt with, at most {COUNTED_MAX}; "
        "the outbox is what `relay` has not sent.",
        labels=("follower",),
        sql=f"""
            select name, (select count(*) from (select {_BEYOND} limit {COUNTED_MAX}) as beyond)
            from mark where name <> 'deadlines'
        """,
    ),
    Level(
        name="entrepot_follower_behind_seconds",
        about="Age of the oldest fact that a follower has not dealt with.",
        labels=("follower",),
        sql=f"""
            select name, coalesce((
                select extract(epoch from clock_timestamp() - recorded_at) {_BEYOND} limit 1
            ), 0) from mark where name <> 'deadlines'
        """,
    ),
    Level(
        name="entrepot_watermark_age_seconds",
        about="Age of the oldest fact that an older open transaction hides from all followers.",
        sql="""
            select coalesce((
                select extract(epoch from clock_timestamp() - recorded_at) from fact
                where tx >= pg_snapshot_xmin(pg_current_snapshot()) order by tx, position limit 1
            ), 0)
        """,
    ),
    Level(
        name="entrepot_parked_keys",
        about="Keys that wait for a person.",
        labels=("topic",),
        sql="select topic, count(distinct key) from parked group by topic",
    ),
    Level(
        name="entrepot_parked_messages",
        about="Messages that wait for a person, or behind one that does.",
        labels=("topic",),
        sql="select topic, count(*) from parked group by topic",
    ),
    Level(
        name="entrepot_parked_age_seconds",
        about="How long the oldest parked message has waited; 0 when nothing is parked.",
        sql="select coalesce(extract(epoch from now() - min(parked_at)), 0) from parked",
    ),
    Level(
        name="entrepot_deadlines",
        about=f"Streams that wait for their time, by kind of aggregate, at most {COUNTED_MAX}.",
        labels=("kind",),
        sql=f"""
            select kind, count(*)
            from (select kind from deadline order by due_at limit {COUNTED_MAX}) as soonest
            group by kind
        """,
    ),
    Level(
        name="entrepot_deadlines_overdue_seconds",
        about="How long the oldest deadline that has passed waits for its effect, in business "
        "time.",
        labels=("kind",),
        sql=f"""
            select kind, extract(epoch from $1 - min(due_at))
            from (select kind, due_at from deadline where due_at <= $1
                  order by due_at limit {COUNTED_MAX}) as overdue
            group by kind
        """,
    ),
    Level(
        name="entrepot_postgres_connections",
        about="Connections to the service's database, by what they are doing.",
        labels=("state",),
        sql="""
            select coalesce(state, 'other'), count(*) from pg_stat_activity
            where datname = current_database() group by 1
        """,
    ),
    Level(
        name="entrepot_postgres_connections_max",
        about="Connections that the server takes in all.",
        sql="select setting::int from pg_settings where name = 'max_connections'",
    ),
    Level(
        name="entrepot_postgres_oldest_write_seconds",
        about="Age of the oldest open transaction that has written, in any database of the server.",
        sql="""
            select coalesce(extract(epoch from clock_timestamp() - min(xact_start)), 0)
            from pg_stat_activity where backend_xid is not null
        """,
    ),
    Level(
        name="entrepot_postgres_transactions",
        about="Transactions of the service's database that ended.",
        labels=("how",),
        kind="counter",
        sql="""
            select how.* from pg_stat_database, lateral (
                values ('committed', xact_commit), ('rolled_back', xact_rollback)
            ) as how where datname = current_database()
        """,
    ),
    Level(
        name="entrepot_postgres_blocks",
        about="Blocks that the service's database needed, by where they were found.",
        labels=("found",),
        kind="counter",
        sql="""
            select found.* from pg_stat_database, lateral (
                values ('memory', blks_hit), ('disk', blks_read)
            ) as found where datname = current_database()
        """,
    ),
    Level(
        name="entrepot_postgres_deadlocks",
        about="Deadlocks of the service's database.",
        kind="counter",
        sql="select deadlocks from pg_stat_database where datname = current_database()",
    ),
    Level(
        name="entrepot_postgres_size_bytes",
        about="Size of the service's database.",
        sql="select pg_database_size(current_database())",
    ),
    Level(
        name="entrepot_postgres_table_bytes",
        about="Size of the tables of facts and of what is kept beside them, with their indexes.",
        labels=("table",),
        sql="""
            select relname, pg_total_relation_size(relid) from pg_stat_user_tables
            where schemaname = 'public'
        """,
    ),
    Level(
        name="entrepot_postgres_dead_rows",
        about="Rows that are dead and not vacuumed yet.",
        labels=("table",),
        sql="select relname, n_dead_tup from pg_stat_user_tables where schemaname = 'public'",
    ),
    Level(
        name="entrepot_postgres_wal_bytes",
        about="Write-ahead log written by the server.",
        kind="counter",
        sql="select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')",
    ),
)
