-- The same refusals, by a look-up of each account and by the range of entries that a batch adds. As
-- joins they were planned while the tables were empty, and went through all of them once they were
-- full.
create or replace function refuse_unbalanced() returns trigger language plpgsql as $$
begin
    if exists (
        select from (select distinct account from fresh) as named
        left join lateral (
            select currency, book from account where id = named.account limit 1
        ) as account on true
        join fresh using (account)
        group by fresh.sequence, fresh.shard, account.currency, account.book
        having sum(fresh.amount) <> 0 or account.currency is null
    ) then
        raise exception 'lines do not balance, or name no account'
            using errcode = 'check_violation';
    end if;
    -- Entries follow each other without a gap: beyond the head they are as many as their numbers
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
