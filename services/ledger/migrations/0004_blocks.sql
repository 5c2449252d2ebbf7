-- An account's lines, some hundreds at a time and in the order in which they took effect: how much had
-- come together by a moment is found by halving. Lines never change, so a block is final; it only
-- repeats what they say, and may be deleted to be made again.
create table block (
    account int not null,
    -- 0 has lines in a row. 1 has many blocks of level 0 as one run, ordered anew, so that a moment
    -- falls into one block of the run however late its lines were learnt.
    level smallint not null check (level in (0, 1)),
    -- Of the last entry in the block, or in its run, which has whole entries.
    sequence bigint not null,
    lines_before bigint not null,
    moments timestamptz[] not null,
    sums bigint[] not null,
    -- What a question needs of the blocks that its moment does not fall into.
    lines int not null generated always as (cardinality(moments)) stored,
    amount bigint not null generated always as (sums[cardinality(sums)]) stored,
    earliest timestamptz not null generated always as (moments[1]) stored,
    latest timestamptz not null generated always as (moments[cardinality(moments)]) stored,
    primary key (account, level, sequence, lines_before),
    check (cardinality(moments) = cardinality(sums))
);
-- Beside the row, so that rows are passed over quickly, and as they are, so that one opens quickly.
alter table block
    alter column moments set storage external,
    alter column sums set storage external;

grant select on block to ledger_writer, ledger_reader, ledger_auditor;
grant insert on block to ledger_writer;
