-- The same refusals, each line by a look-up of its account and each batch by a range of entries. As
-- joins they were planned while the tables were empty, and went through all entries once they were
-- full.
create or replace function refuse_unbalanced() returns trigger language plpgsql as $$
begin
    if exists (
        select from fresh
        left join lateral (
            select currency, book from account where id = fresh.account limit 1
        ) as account on true
        group by fresh.sequence, fresh.shard, account.currency, account.book
        having sum(fresh.amount) <> 0 or account.currency is null
    ) then
        raise exception 'lines do not balance, or name no account'
            using errcode = 'check_violation';
    end if;
    -- Entries follow each other without a gap, so those beyond the head are as many as their numbers
    -- say, or one of them is missing.
    if exists (
        select from (
            select shard, min(sequence) as first, max(sequence) as last from fresh group by shard
        ) as posted
        left join lateral (
            select sequence from shard where id = posted.shard limit 1
        ) as head on true
        where head.sequence is null or posted.first <= head.sequence
            or posted.last - head.sequence <> (
                select count(*) from entry
                where shard = posted.shard and sequence > head.sequence
                    and sequence <= posted.last
            )
    ) then
        raise exception 'lines belong to no new entry' using errcode = 'check_violation';
    end if;
    return null;
end $$;
