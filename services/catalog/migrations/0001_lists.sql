-- The lists of the catalog: what its resources can be searched by. The resources themselves are in
-- the facts; `number` keeps the order in which they came to be.

create table merchant (
    number bigint generated always as identity primary key,
    id uuid not null unique,
    merchant_id text not null
);

create table product (
    number bigint generated always as identity primary key,
    id uuid not null unique,
    merchant_id text not null,
    state text not null
);

create index on product (merchant_id, number);

create table offer (
    number bigint generated always as identity primary key,
    id uuid not null unique,
    merchant_id text not null,
    product_id uuid not null,
    market text not null
);

create index on offer (merchant_id, number);
create index on offer (product_id, number);
create index on offer (market, number);

create table market (
    number bigint generated always as identity primary key,
    id uuid not null unique
);

create table jurisdiction_rule (
    number bigint generated always as identity primary key,
    id uuid not null unique,
    market text not null
);

create index on jurisdiction_rule (market, number);

create table creator (
    number bigint generated always as identity primary key,
    id uuid not null unique,
    agency_id text not null
);

create index on creator (agency_id, number);

create table live_session (
    number bigint generated always as identity primary key,
    id uuid not null unique,
    creator_id text not null,
    market text not null,
    state text not null
);

create index on live_session (creator_id, number);
create index on live_session (market, number);

create table review (
    number bigint generated always as identity primary key,
    id uuid not null unique,
    product_id uuid not null,
    state text not null
);

create index on review (product_id, number);
create index on review (state, number);
