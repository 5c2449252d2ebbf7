-- The books of the built-in provider. They are not ours: nothing else reads or joins them.

create schema simulator;

create table simulator.operation (
    key uuid primary key,
    kind text not null,
    account uuid not null,
    amount bigint not null,
    currency text not null,
    instrument text not null,
    reference uuid not null,
    refund_id uuid,
    state text not null,
    code text not null,
    at timestamptz not null,
    settlement_id uuid
);

create index on simulator.operation (account);
create index on simulator.operation (reference) where state = 'REFUSED';
create index on simulator.operation (settlement_id);
create index on simulator.operation (key)
    where settlement_id is null and state = 'SUCCEEDED' and kind in ('SALE', 'CAPTURE');
