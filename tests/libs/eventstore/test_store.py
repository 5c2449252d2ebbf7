"""What a store promises, wherever its rows are kept."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from libs.domain import NotFound
from libs.eventstore import START, AlreadyExists, RequestIdReused, Store, Unit
from libs.eventstore.facts import Snapshot, Tail, event_id
from libs.runtime.cause import Cause, because
from libs.runtime.clock import ManualClock
from libs.runtime.ids import new_id
from libs.testing import NOW
from tests.libs.eventstore.accounts import Fill, Jar, Overdrawn
from tests.libs.eventstore.conftest import Open


@pytest.fixture(autouse=True, params=[False, True], ids=["one at a time", "contended"])
def contended(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Jar, "CONTENDED", request.param)


def fill(coins: int = 1, *, request_id: UUID | None = None) -> Fill:
    return Fill(request_id=request_id or new_id(), coins=coins)


async def opened(store: Store, coins: int = 10) -> UUID:
    id = new_id()
    await store.repository(Jar).add(lambda: Jar(id=id, coins=coins), command=fill())
    return id


async def test_what_was_recorded_is_read_back_by_another_process(open_store: Open) -> None:
    one, other = await open_store(), await open_store()
    id = await opened(one)

    await one.repository(Jar).update(id, lambda jar: jar.take(4), command=fill())

    jar = await other.repository(Jar).get(id)
    assert (jar.coins, jar.version) == (6, 2)


async def test_what_does_not_exist_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        await store.repository(Jar).get(new_id())
    assert await store.repository(Jar).find(new_id()) is None


async def test_a_stream_begins_once(store: Store) -> None:
    id = await opened(store)

    with pytest.raises(AlreadyExists):
        await store.repository(Jar).add(lambda: Jar(id=id, coins=1), command=fill())


async def test_a_stream_that_is_begun_is_not_asked_for_before(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = new_id()
    asked: list[UUID] = []
    load = store.recorder.load

    async def noted(wanted: Mapping[UUID, int | None]) -> Mapping[UUID, Tail]:
        asked.extend(wanted)
        return await load(wanted)

    monkeypatch.setattr(store.recorder, "load", noted)
    for _ in range(2):
        await store.repository(Jar).update(
            id, lambda jar: jar.fill(5), start=lambda: Jar(id=id, coins=1), command=fill()
        )

    assert asked == []
    assert (await store.repository(Jar).get(id)).coins == 11


async def test_a_stream_that_is_taken_for_new_and_is_not_is_looked_for(open_store: Open) -> None:
    one, other = await open_store(), await open_store()
    id = await opened(one, coins=10)

    await other.repository(Jar).update(
        id, lambda jar: jar.fill(1), start=lambda: Jar(id=id, coins=0), command=fill()
    )

    assert (await one.repository(Jar).get(id)).coins == 11


async def test_a_stream_that_a_command_has_begun_is_the_same_when_it_begins_it_again(
    store: Store,
) -> None:
    id = new_id()

    async def decide(unit: Unit) -> Jar:
        first, again = [await unit.begin(Jar, id, lambda: Jar(id=id, coins=0)) for _ in range(2)]
        first.fill(1)
        again.fill(2)
        return first

    await store.transact(decide, command=fill())
    jar = await store.transact(decide, command=fill())

    assert (jar.coins, jar.version) == (6, 5)


async def test_nobody_is_refused_because_a_stream_was_taken_for_new(open_store: Open) -> None:
    one, other = await open_store(), await open_store()
    id = await opened(one, coins=10)

    await other.repository(Jar).update(
        id, lambda jar: jar.take(10), start=lambda: Jar(id=id, coins=0), command=fill()
    )

    assert (await one.repository(Jar).get(id)).coins == 0


async def test_a_request_that_comes_back_gets_its_first_answer(open_store: Open) -> None:
    one, other = await open_store(), await open_store()
    id = await opened(one)
    request = fill(5)
    first = await one.repository(Jar).update(id, lambda jar: jar.take(5), command=request)
    assert first.coins == 5
    await one.repository(Jar).update(id, lambda jar: jar.take(5), command=fill())

    for store in (one, other):
        again = await store.repository(Jar).update(id, lambda jar: jar.take(5), command=request)
        assert (again.coins, again.version) == (5, 2)

    assert (await other.repository(Jar).get(id)).coins == 0


async def test_a_request_id_with_other_contents_is_refused(store: Store) -> None:
    id = await opened(store)
    request = fill(5)
    await store.repository(Jar).update(id, lambda jar: jar.fill(5), command=request)

    with pytest.raises(RequestIdReused):
        await store.repository(Jar).update(
            id, lambda jar: jar.fill(6), command=fill(6, request_id=request.request_id)
        )

    assert (await store.repository(Jar).get(id)).coins == 15


async def test_a_request_that_found_nothing_to_do_never_does_anything(open_store: Open) -> None:
    one, other = await open_store(), await open_store()
    id = await opened(one)
    request = fill(0)
    await one.repository(Jar).update(id, lambda jar: jar.fill(0), command=request)
    await one.repository(Jar).update(id, lambda jar: jar.fill(7), command=fill(7))

    for store in (one, other):
        again = await store.repository(Jar).update(id, lambda jar: jar.take(1), command=request)
        assert (again.coins, again.version) == (10, 1)

    with pytest.raises(RequestIdReused):
        await other.repository(Jar).update(
            id, lambda jar: jar.fill(6), command=fill(6, request_id=request.request_id)
        )
    assert (await one.repository(Jar).get(id)).coins == 17


async def test_a_refusal_records_nothing_and_is_seen_by_nobody(store: Store) -> None:
    id = await opened(store)

    def fill_and_overdraw(jar: Jar) -> None:
        jar.fill(1)
        jar.take(100)

    with pytest.raises(Overdrawn):
        await store.repository(Jar).update(id, fill_and_overdraw, command=fill())

    jar = await store.repository(Jar).get(id)
    assert (jar.coins, jar.version) == (10, 1)


async def test_a_refusal_on_a_stale_state_is_decided_again(open_store: Open) -> None:
    one, other = await open_store(), await open_store()
    id = await opened(one, coins=0)
    await other.repository(Jar).get(id)
    await one.repository(Jar).update(id, lambda jar: jar.fill(5), command=fill())

    jar = await other.repository(Jar).update(id, lambda jar: jar.take(5), command=fill())

    assert jar.coins == 0


async def test_a_state_that_cannot_be_is_looked_at_again(open_store: Open) -> None:
    """What callers rightly rely on may be news to this process."""
    one, other = await open_store(), await open_store()
    id = await opened(one, coins=0)
    await other.repository(Jar).get(id)
    await one.repository(Jar).update(id, lambda jar: jar.fill(5), command=fill())

    def empty(jar: Jar) -> None:
        assert jar.coins == 5, "it is full, says who filled it"
        jar.take(5)

    jar = await other.repository(Jar).update(id, empty, command=fill())

    assert jar.coins == 0


async def test_nobody_takes_the_same_coin_twice(open_store: Open) -> None:
    stores = [await open_store() for _ in range(2)]
    id = await opened(stores[0], coins=20)

    async def take(number: int) -> bool:
        try:
            await (
                stores[number % 2]
                .repository(Jar)
                .update(id, lambda jar: jar.take(1), command=fill())
            )
        except Overdrawn:
            return False
        return True

    taken = await asyncio.gather(*(take(number) for number in range(30)))

    assert sum(taken) == 20
    assert (await stores[0].repository(Jar).get(id)).coins == 0


async def test_several_streams_change_together_or_not_at_all(store: Store) -> None:
    one, other = await opened(store, coins=5), await opened(store, coins=0)

    def move(coins: int) -> object:
        async def decide(unit: Unit) -> Jar:
            jars = await unit.find_all(Jar, [one, other])
            jars[other].fill(coins)
            jars[one].take(coins)
            return jars[one]

        return store.transact(decide, command=fill())

    await move(3)  # type: ignore[misc]
    with pytest.raises(Overdrawn):
        await move(3)  # type: ignore[misc]

    jars = store.repository(Jar)
    assert ((await jars.get(one)).coins, (await jars.get(other)).coins) == (2, 3)


async def test_transfers_in_both_directions_do_not_wait_for_each_other(store: Store) -> None:
    one, other = await opened(store, coins=100), await opened(store, coins=100)

    async def move(source: UUID, target: UUID) -> None:
        async def decide(unit: Unit) -> Jar:
            (await unit.get(Jar, source)).take(1)
            jar = await unit.get(Jar, target)
            jar.fill(1)
            return jar

        await store.transact(decide, command=fill())

    async with asyncio.timeout(20):
        await asyncio.gather(
            *(move(one, other) for _ in range(40)), *(move(other, one) for _ in range(40))
        )

    jars = store.repository(Jar)
    assert ((await jars.get(one)).coins, (await jars.get(other)).coins) == (100, 100)


async def test_what_was_begun_and_put_off_is_seen_by_nobody(store: Store) -> None:
    low, high = sorted([await opened(store), await opened(store)])
    await store.locks.take(low)

    async def decide(unit: Unit) -> Jar:
        jar = await unit.get(Jar, high)
        jar.take(1)
        return await unit.get(Jar, low)

    moving = asyncio.create_task(store.transact(decide, command=fill()))
    await asyncio.sleep(0.05)
    seen = (await store.repository(Jar).get(high)).coins
    store.locks.release(low)
    await moving

    assert seen == 10
    assert (await store.repository(Jar).get(high)).coins == 9


async def test_facts_are_read_in_the_order_of_commits_and_none_is_missed(open_store: Open) -> None:
    stores = [await open_store() for _ in range(2)]
    ids = [await opened(stores[0]) for _ in range(4)]
    expected = 4 + 200

    async def write(number: int) -> None:
        await (
            stores[number % 2]
            .repository(Jar)
            .update(ids[number % 4], lambda jar: jar.fill(1), command=fill())
        )

    async def read() -> list[tuple[UUID, int]]:
        seen: list[tuple[UUID, int]] = []
        mark = START
        appended = stores[0].recorder.appended()
        while len(seen) < expected:
            appended.clear()
            facts = await stores[0].read(mark, 7)
            if not facts:
                async with asyncio.timeout(10):
                    await appended.wait()
                continue
            seen += [(r.fact.originator_id, r.fact.originator_version) for r in facts]
            mark = facts[-1].mark
        return seen

    reading = asyncio.create_task(read())
    await asyncio.gather(*(write(number) for number in range(200)))
    seen = await reading

    assert len(set(seen)) == expected
    for id in ids:
        versions = [version for stream, version in seen if stream == id]
        assert versions == sorted(versions)


async def test_a_fact_remembers_why(store: Store) -> None:
    cause = Cause(correlation_id="c", causation_id="b", actor="ann", traceparent="t")

    with because(cause):
        id = await opened(store)

    (told,) = await store.read(START, 10)
    assert told.cause == cause
    assert told.event_id == event_id(id, 1)
    assert told.fact.timestamp == NOW


async def test_a_snapshot_stands_for_the_facts_before_it(open_store: Open) -> None:
    store = await open_store()
    id = await opened(store, coins=0)
    for _ in range(205):
        await store.repository(Jar).update(id, lambda jar: jar.fill(1), command=fill())
    await asyncio.sleep(0.05)

    assert (await store.recorder.load({id: None}))[id].snapshot is not None
    jar = await (await open_store()).repository(Jar).get(id)
    assert (jar.coins, jar.version) == (205, 206)


async def test_a_long_state_is_kept_as_often_as_facts_are_as_long(
    open_store: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.eventstore.store.SNAPSHOT_EVERY", 2)
    monkeypatch.setattr("libs.eventstore.store.FACT_BYTES", 10)
    store = await open_store()
    kept: list[Snapshot] = []
    keep = store.recorder.keep_snapshot

    async def note(snapshot: Snapshot) -> None:
        kept.append(snapshot)
        await keep(snapshot)

    monkeypatch.setattr(store.recorder, "keep_snapshot", note)
    id = await opened(store, coins=0)
    for _ in range(60):
        await store.repository(Jar).update(id, lambda jar: jar.fill(1), command=fill())
    await asyncio.sleep(0.05)

    assert kept[0].version == 2
    assert len(kept) > 2
    for one, next in pairwise(kept):
        assert next.version - one.version == len(one.state) // 10 > 2

    restarted, before = await open_store(), len(kept)
    monkeypatch.setattr(restarted.recorder, "keep_snapshot", note)
    await restarted.repository(Jar).update(id, lambda jar: jar.fill(1), command=fill())
    await asyncio.sleep(0.05)

    assert len(kept) == before


async def test_a_deadline_that_is_looked_at_too_early_still_comes(
    store: Store, clock: ManualClock
) -> None:
    id = await opened(store)
    due_at = NOW + timedelta(hours=1)
    await store.repository(Jar).update(
        id, lambda jar: jar.empty_in(timedelta(hours=1), NOW), command=fill()
    )
    (deadline,) = await store.recorder.due(due_at, 10)
    await store.fall_due(deadline)

    clock.advance(timedelta(hours=1))
    await store.fall_due(deadline)

    assert (await store.repository(Jar).get(id)).coins == 0


async def test_what_falls_due_is_told_so_once(store: Store, clock: ManualClock) -> None:
    id = await opened(store)
    cause = Cause(correlation_id="story")
    with because(cause):
        await store.repository(Jar).update(
            id, lambda jar: jar.empty_in(timedelta(hours=1), NOW), command=fill()
        )
    assert await store.recorder.next_due() == NOW + timedelta(hours=1)
    assert await store.recorder.due(clock.now(), 10) == []

    clock.advance(timedelta(hours=2))
    (deadline,) = await store.recorder.due(clock.now(), 10)
    assert await store.fall_due(deadline)
    await store.fall_due(deadline)

    jar = await store.repository(Jar).get(id)
    assert (jar.coins, jar.version) == (0, 3)
    assert await store.recorder.next_due() is None
    assert (await store.read(START, 10))[-1].cause == cause
