-- The list of cases: what they can be searched by. The cases themselves are in the facts.

create table return_case (
    number bigint generated always as identity primary key,
    return_id uuid not null unique,
    order_id uuid not null,
    buyer_id text not null,
    merchant_id text not null,
    state text not null
);

create index on return_case (order_id, number);
create index on return_case (buyer_id, number);
create index on return_case (merchant_id, number);
create index on return_case (state, number);
