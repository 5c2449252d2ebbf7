-- The list of payments, and what we have booked of each operation at the provider.

create table payment (
    number bigint generated always as identity primary key,
    payment_id uuid not null unique,
    order_id uuid not null,
    buyer_id text not null,
    authorized bigint not null default 0,
    captured bigint not null default 0,
    voided bigint not null default 0,
    refunded bigint not null default 0,
    -- What hides the amounts: UNKNOWN, REQUIRES_ACTION, DECLINED, or nothing.
    overlay text not null default '',
    state text not null generated always as (
        case
            when overlay <> '' then overlay
            when refunded > 0 and refunded = captured then 'REFUNDED'
            when refunded > 0 then 'PARTIALLY_REFUNDED'
            when captured > 0 and authorized > captured + voided then 'PARTIALLY_CAPTURED'
            when captured > 0 then 'CAPTURED'
            when authorized > voided then 'AUTHORIZED'
            when authorized > 0 then 'VOIDED'
            else 'CREATED'
        end
    ) stored
);

create index on payment (order_id, number);
create index on payment (buyer_id, number);
create index on payment (state, number);

create table operation (
    key uuid primary key,
    kind text not null,
    account uuid not null,
    amount bigint not null,
    currency text not null,
    outcome text not null
);
