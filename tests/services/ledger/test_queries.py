"""Questions to the journal, answered alike in memory and by PostgreSQL."""

from datetime import timedelta
from itertools import product

import pytest

from services.ledger.chain import GENESIS, link
from services.ledger.memory import MemoryJournal
from services.ledger.reading import (
    ALWAYS,
    NOW,
    Axes,
    EntryFilter,
    Period,
    PostedEntry,
    SequenceOfWhichEntity,
    Where,
    hashed,
)
from services.ledger.reports import adjustments, gmv, trial_balance
from tests.services.ledger.conftest import Books
from tests.services.ledger.facts_at_random import START, postings

BATCH = 40
MIDDLE = START + timedelta(days=20)


async def filled(books: Books, *, seed: int = 7, batches: int = 4) -> Books:
    entered = postings(seed, BATCH * batches)
    for start in range(0, len(entered), BATCH):
        await books.post(entered[start : start + BATCH])
    return books


async def test_every_book_balances_in_every_currency(books: Books) -> None:
    await filled(books)

    sums = await books.reader.sums("book", "currency")

    assert {it.key for it in sums.rows} >= {("MONEY", "GBP"), ("MONEY", "CNY"), ("STAT", "GBP")}
    assert all(it.amount == 0 for it in sums.rows)


async def test_an_answer_says_the_sequence_at_which_it_is_true(books: Books) -> None:
    await filled(books, batches=1)
    before = (await books.reader.sums("code")).true_at
    await books.post(postings(8, BATCH))

    now = await books.reader.sums("code")
    then = await books.reader.sums(
        "code", where=Where(legal_entity="EU"), axes=Axes(sequence=before["EU"])
    )

    assert now.true_at["EU"] > before["EU"]
    assert then.true_at == {"EU": before["EU"]}
    assert sum(it.lines for it in then.rows) < sum(it.lines for it in now.rows)


async def test_what_is_learnt_later_does_not_change_what_was_known(books: Books) -> None:
    await filled(books, batches=2)
    known = (await books.reader.entries(limit=1000)).rows[-1].heading.recorded_at
    told = (await books.reader.sums("code", "legal_entity")).rows
    await books.post(postings(9, BATCH))

    again = (await books.reader.sums("code", "legal_entity", axes=Axes(known_at=known))).rows

    assert again == told
    assert (await books.reader.sums("code", "legal_entity")).rows != told


async def test_what_happens_later_is_left_out_as_of_a_moment(books: Books) -> None:
    await filled(books)

    as_of = await books.reader.entries(axes=Axes(as_of=MIDDLE), limit=1000)
    everything = await books.reader.entries(limit=1000)

    assert as_of.rows == [it for it in everything.rows if it.heading.effective_at <= MIDDLE]
    assert as_of.true_at == everything.true_at


async def test_a_sequence_means_something_for_one_legal_entity_only(books: Books) -> None:
    await filled(books)

    with pytest.raises(SequenceOfWhichEntity):
        await books.reader.sums("code", axes=Axes(sequence=3))


async def test_entries_come_in_pages_without_gap_or_repetition(books: Books) -> None:
    await filled(books)
    everything = (await books.reader.entries(limit=1000)).rows

    pages: list[PostedEntry] = []
    after = None
    while page := (await books.reader.entries(after=after, limit=17)).rows:
        pages += page
        after = (page[-1].heading.legal_entity, page[-1].heading.sequence)

    assert pages == everything
    for entity in ("EU", "UK"):
        sequences = [it.heading.sequence for it in everything if it.heading.legal_entity == entity]
        assert sequences == list(range(1, len(sequences) + 1))


async def test_entries_are_found_by_what_they_touch(books: Books) -> None:
    await filled(books)
    everything = (await books.reader.entries(limit=1000)).rows

    found = await books.reader.entries(EntryFilter(payee="acme", code="2130"), limit=1000)

    assert found.rows == [
        it
        for it in everything
        if any((line.leaf.payee, line.leaf.code) == ("acme", "2130") for line in it.lines)
    ]


async def test_each_entry_is_chained_to_the_one_before(books: Books) -> None:
    await filled(books)

    last: dict[str, bytes] = {}
    for entry in (await books.reader.entries(limit=1000)).rows:
        entity = entry.heading.legal_entity
        last[entity] = link(last.get(entity, GENESIS), entry.heading, hashed(entry.lines))
        assert entry.hash == last[entity]


async def test_both_journals_give_the_same_answers(books: Books) -> None:
    await filled(books)
    twin = MemoryJournal((await books.reader.entries(limit=1000)).rows)
    groupings = [(), ("code", "currency"), ("day", "code"), ("month", "payee", "rule")]
    cuts = [NOW, Axes(as_of=MIDDLE), Axes(known_at=START)]
    periods = [ALWAYS, Period(start=START + timedelta(days=5), end=MIDDLE)]
    places = [Where(), Where(payee="acme", book="MONEY"), Where(codes=("9010", "9011"))]

    for by, axes, period, where in product(groupings, cuts, periods, places):
        for dated_by in ("entry", "capture"):
            asked = {"where": where, "axes": axes, "period": period, "dated_by": dated_by}

            ours = await books.reader.sums(*by, **asked)  # type: ignore[arg-type]

            assert ours == await twin.sums(*by, **asked)  # type: ignore[arg-type]


async def test_gmv_is_the_balance_of_its_accounts(books: Books) -> None:
    await filled(books)
    balances = {it.account.code: it for it in (await trial_balance(books.reader)).rows}

    by_market = (await gmv(books.reader, "market")).rows

    assert sum(it.gross for it in by_market) == balances["9010"].amount
    assert sum(it.net for it in by_market) == balances["9010"].amount + balances["9011"].amount


async def test_a_cohort_takes_a_reversal_to_the_day_of_the_sale(books: Books) -> None:
    await filled(books)

    posted = (await gmv(books.reader, "day")).rows
    cohort = (await gmv(books.reader, "day", dated_by="capture")).rows

    captured = {it.key for it in cohort if it.gross}
    assert {it.key for it in cohort} <= captured | {it.key for it in posted if it.gross}
    assert sum(it.gross for it in cohort) == sum(it.gross for it in posted)


async def test_adjustments_are_told_apart_by_reason_and_month(books: Books) -> None:
    await filled(books)

    rows = (await adjustments(books.reader, "reason", "month")).rows

    assert {it.key[0] for it in rows} >= {"SHELF_FEE", "GOODWILL"}
    assert any(it.currency == "GBP/3" for it in rows)
