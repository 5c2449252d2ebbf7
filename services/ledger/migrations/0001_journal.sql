-- The journal: entries and their lines, gap-free per legal entity, chained by hash and never changed.
-- The database itself refuses what would make the books untrue; it does not rely on the service.

-- One row per legal entity: the head of its chain. Locking it is what orders the writers.
create table shard (
    id smallint generated always as identity primary key,
    legal_entity text not null unique,
    sequence bigint not null default 0,
    recorded_at timestamptz not null default '2000-01-01+00',
    hash bytea not null default decode(repeat('00', 32), 'hex') check (octet_length(hash) = 32)
);

-- Names of posting rules, for the entries to carry as a number.
create table rule (
    id smallint generated always as identity primary key,
    name text not null unique
);

-- A leaf account: a code of the chart under the dimensions that balances are asked by.
create table account (
    id int generated always as identity primary key,
    code text not null,
    book text not null check (book in ('MONEY', 'STAT')),
    currency text not null,
    legal_entity text not null references shard (legal_entity),
    market text not null,
    payee text not null,
    mode text not null,
    surface text not null,
    creator text not null,
    reason text not null,
    unique (code, currency, legal_entity, market, payee, mode, surface, creator, reason)
);
create index account_by_payee on account (payee) where payee <> '';

create table entry (
    sequence bigint not null,
    shard smallint not null,
    rule smallint not null,
    rule_version smallint not null,
    version int not null,
    stream_id uuid not null,
    effective_at timestamptz not null,
    recorded_at timestamptz not null,
    reference text not null,
    hash bytea not null check (octet_length(hash) = 32),
    primary key (shard, sequence),
    -- A fact posts by a rule once, whatever the version of the rule.
    unique (stream_id, version, rule)
);
create index entry_by_reference on entry (reference, shard, sequence);

-- Columns stand in the order that leaves no padding; there are some thirty lines to an order.
-- Foreign keys would cost a look-up a row: the check of the statement below does it for all rows.
create table line (
    sequence bigint not null,
    amount bigint not null check (amount <> 0),
    account int not null,
    n int not null,
    shard smallint not null,
    order_line uuid,
    payment uuid,
    statement uuid,
    primary key (shard, sequence, n)
);
create index line_by_account on line (account, sequence);

-- The sum of an account's lines, true at `sequence` and until the account's next line.
create table balance (
    account int primary key,
    amount bigint not null,
    lines bigint not null,
    sequence bigint not null
) with (fillfactor = 50);

-- The cut of a payee's account, as its fact has it, for statements to be listed and found by.
create table statement (
    id uuid primary key,
    role text not null,
    payee text not null,
    legal_entity text not null,
    currency text not null,
    opening bigint not null,
    closing bigint not null,
    reserve bigint not null,
    from_sequence bigint not null,
    through_sequence bigint not null,
    cut_at timestamptz not null
);
create index statement_by_payee on statement (payee, cut_at);


-- Written once.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger append_only before update or delete or truncate on fact
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on entry
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on line
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on account
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on rule
    for each statement execute function refuse_change();
create trigger append_only before delete or truncate on shard
    for each statement execute function refuse_change();

-- Lines come with the statement that copies them: beyond the head, to entries and accounts that
-- exist, and balanced per entry, currency and book.
create function refuse_unbalanced() returns trigger language plpgsql as $$
begin
    if exists (
        select from fresh
        left join account on account.id = fresh.account
        group by fresh.shard, fresh.sequence, account.currency, account.book
        having sum(fresh.amount) <> 0 or account.currency is null
    ) then
        raise exception 'lines do not balance, or name no account'
            using errcode = 'check_violation';
    end if;
    if exists (
        select from (select distinct shard, sequence from fresh) posted
        left join entry using (shard, sequence)
        left join shard on shard.id = posted.shard
        where entry.sequence is null or shard.sequence is null or posted.sequence <= shard.sequence
    ) then
        raise exception 'lines belong to no new entry' using errcode = 'check_violation';
    end if;
    return null;
end $$;

create trigger balanced after insert on line
    referencing new table as fresh
    for each statement execute function refuse_unbalanced();

-- The head moves forward over entries without a gap, and to the hash of the last of them.
create function refuse_gap() returns trigger language plpgsql as $$
begin
    if new.legal_entity <> old.legal_entity
        or new.recorded_at < old.recorded_at
        or new.sequence - old.sequence <> (
            select count(*) from entry where shard = new.id and sequence > old.sequence
        )
        or new.hash is distinct from (
            select hash from entry where shard = new.id and sequence = new.sequence
        )
    then
        raise exception 'the head of % does not follow from its entries', old.legal_entity
            using errcode = 'check_violation';
    end if;
    return null;
end $$;

create trigger gap_free after update on shard
    for each row execute function refuse_gap();


-- What was known at a moment: the last sequence recorded by then. Sequences have no gaps and
-- recorded times do not go back, so halving finds it without an index of its own.
create function sequence_known_at(of_shard smallint, at timestamptz) returns bigint
language plpgsql stable as $$
declare
    low bigint := 0;
    high bigint := (select sequence from shard where id = of_shard);
    middle bigint;
begin
    while low < high loop
        middle := (low + high + 1) / 2;
        if (select recorded_at from entry where shard = of_shard and sequence = middle) <= at then
            low := middle;
        else
            high := middle - 1;
        end if;
    end loop;
    return low;
end $$;


-- Who may what. The service belongs to the writers, finance to the readers, auditors see facts too.
-- Roles are of the cluster: another database of it may have made them, perhaps at this moment.
do $$
declare
    wanted text;
begin
    foreach wanted in array array['ledger_writer', 'ledger_reader', 'ledger_auditor'] loop
        begin
            execute format('create role %I nologin', wanted);
        exception when duplicate_object or unique_violation then
            null;
        end;
    end loop;
end $$;

revoke all on shard, rule, account, entry, line, balance, statement, fact from public;
grant select on shard, rule, account, entry, line, balance, statement
    to ledger_writer, ledger_reader, ledger_auditor;
grant select on fact to ledger_writer, ledger_auditor;
grant insert on shard, rule, account, entry, line, balance, statement, fact to ledger_writer;
grant update (sequence, recorded_at, hash) on shard to ledger_writer;
grant update (amount, lines, sequence) on balance to ledger_writer;
