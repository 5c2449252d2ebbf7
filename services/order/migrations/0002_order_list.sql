-- What orders are searched by. Figures are not kept here: they come from the streams.
create table order_list (
    order_id uuid primary key,
    buyer_id text not null,
    market text not null,
    merchants text[] not null,
    state text not null,
    placed_at timestamptz not null
);

create index order_list_newest on order_list (placed_at desc, order_id desc);
create index order_list_of_buyer on order_list (buyer_id, placed_at desc, order_id desc);
create index order_list_of_market on order_list (market, placed_at desc, order_id desc);
create index order_list_in_state on order_list (state, placed_at desc, order_id desc);
create index order_list_of_merchant on order_list using gin (merchants);
