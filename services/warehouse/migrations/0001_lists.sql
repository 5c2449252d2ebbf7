-- What stock items and fulfilment orders can be listed by. What they are is in their facts.

create table stock_item (
    number bigint generated always as identity primary key,
    id uuid not null unique,
    sku text not null,
    node_id text not null,
    owner_id text not null
);

create index on stock_item (sku, number);
create index on stock_item (node_id, number);
create index on stock_item (owner_id, number);

create table fulfilment_order (
    number bigint generated always as identity primary key,
    id uuid not null unique,
    order_id uuid not null,
    node_id text not null,
    owner_id text not null,
    state text not null
);

create index on fulfilment_order (order_id, number);
create index on fulfilment_order (node_id, state, number);
create index on fulfilment_order (owner_id, number);
create index on fulfilment_order (state, number);
