-- Notes that an order's book could not take in yet, since what they build on has not come.
create table unposted (
    stream_id uuid primary key,
    version int not null,
    notes int not null,
    since timestamptz not null
);
create index unposted_still on unposted (since) where notes > 0;
grant select on unposted to ledger_writer, ledger_reader, ledger_auditor;
grant insert, update on unposted to ledger_writer;
