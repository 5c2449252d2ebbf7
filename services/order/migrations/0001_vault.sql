-- One row a person: their key, wrapped; null once they were forgotten.
create table vault_person (
    buyer_id text primary key,
    region text not null,
    wrapped_key bytea
);

-- What was sealed under it.
create table vault_recipient (
    vault_ref uuid primary key,
    buyer_id text not null references vault_person,
    contents bytea not null
);

create index vault_recipient_of_person on vault_recipient (buyer_id);
