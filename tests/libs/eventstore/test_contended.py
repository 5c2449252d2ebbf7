"""Streams that many change: decided upon before they are durable, and nothing comes of it amiss."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random
from typing import Any
from uuid import UUID

import pytest

from libs.eventstore import START, Conflict, PostgresRecorder, Store, Unit
from libs.eventstore.facts import Recorded
from libs.runtime.ids import new_id
from tests.libs.eventstore.accounts import Fill, Jar, Overdrawn
from tests.libs.eventstore.conftest import Open
from tests.libs.eventstore.jars import jars


@pytest.fixture(autouse=True)
def contended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Jar, "CONTENDED", True)


async def opened(store: Store, coins: int = 0) -> UUID:
    id = new_id()
    await store.repository(Jar).add(lambda: Jar(id=id, coins=coins), command=command())
    return id


async def update(
    store: Store, id: UUID, decide: Callable[[Jar], None], request: Fill | None = None
) -> tuple[int, int]:
    """Coins and version of the answer, as it is until its caller next awaits."""
    jar = await store.repository(Jar).update(id, decide, command=request or command())
    return jar.coins, jar.version


async def take(store: Store, id: UUID, coins: int = 1) -> tuple[int, int]:
    return await update(store, id, lambda jar: jar.take(coins))


async def fill(
    store: Store, id: UUID, coins: int = 1, request: Fill | None = None
) -> tuple[int, int]:
    return await update(store, id, lambda jar: jar.fill(coins), request)


def command() -> Fill:
    return Fill(request_id=new_id())


async def test_commands_on_one_stream_are_durable_together(database: str) -> None:
    async with jars(database) as store:
        id = await opened(store)

        await asyncio.gather(*(fill(store, id) for _ in range(200)))

        facts = await store.read(START, 1_000)
        assert [it.fact.originator_version for it in facts] == [*range(1, 202)]
        assert len({it.mark.tx for it in facts}) < 20


async def test_each_is_answered_with_what_it_decided(open_store: Open) -> None:
    store = await open_store()
    id = await opened(store)

    answers = await asyncio.gather(*(fill(store, id) for _ in range(50)))

    assert answers == [(n, n + 1) for n in range(1, 51)]
    assert (await store.repository(Jar).get(id)).coins == 50


async def test_nothing_is_seen_before_it_is_durable(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with jars(database) as store:
        id = await opened(store)
        let_go = asyncio.Event()
        with monkeypatch.context() as patch:
            slow(patch, let_go)
            filling = asyncio.create_task(fill(store, id))
            looking = asyncio.create_task(store.repository(Jar).get(id))
            overdrawing = asyncio.create_task(take(store, id, 2))
            done, _ = await asyncio.wait((filling, looking, overdrawing), timeout=0.2)
            assert not done
            let_go.set()
            assert (await looking).coins == 1
            with pytest.raises(Overdrawn):
                await overdrawing


async def test_what_was_decided_upon_a_stale_state_is_decided_again(open_store: Open) -> None:
    """Also where the versions come to fit, by facts that nobody here has seen."""
    one, other = await open_store(), await open_store()
    id = await opened(one, coins=10)
    for _ in range(2):
        await take(other, id, 5)

    ends = await asyncio.gather(*(take(one, id) for _ in range(5)), return_exceptions=True)

    assert [type(it) for it in ends] == [Overdrawn] * 5
    jar = await other.repository(Jar).get(id)
    assert (jar.coins, jar.version) == (0, 3)


async def test_one_that_is_stale_by_another_stream_takes_none_with_it(open_store: Open) -> None:
    one, other = await open_store(), await open_store()
    shared, elsewhere = await opened(one), await opened(one, coins=1)
    await fill(other, elsewhere)

    async def both(unit: Unit) -> Jar:
        (await unit.get(Jar, elsewhere)).take(1)
        jar = await unit.get(Jar, shared)
        jar.fill(1)
        return jar

    await asyncio.gather(
        *(fill(one, shared) for _ in range(3)),
        one.transact(both, command=command()),
        *(fill(one, shared) for _ in range(3)),
    )

    jars = other.repository(Jar)
    assert [(await jars.get(id)).coins for id in (shared, elsewhere)] == [7, 1]


async def test_a_request_that_comes_twice_at_once_counts_once(open_store: Open) -> None:
    store = await open_store()
    id, request = await opened(store), command()

    answers = await asyncio.gather(
        *(fill(store, id, 5, request) for _ in range(3)), fill(store, id)
    )

    assert answers[:3] == [(5, 2)] * 3
    assert (await store.repository(Jar).get(id)).coins == 6


async def test_a_request_that_leaves_nothing_for_itself_is_not_refused_when_it_comes_twice(
    open_store: Open,
) -> None:
    store = await open_store()
    id, request = await opened(store, coins=5), command()

    answers = await asyncio.gather(
        *(update(store, id, lambda jar: jar.take(5), request) for _ in range(2))
    )

    assert answers == [(0, 2)] * 2


async def test_a_refusal_waits_for_what_it_is_founded_on(database: str) -> None:
    """The first fails on its way to the disk; that there was nothing to take is no longer true."""

    async def refuse_takes(_: Any, facts: Sequence[Recorded]) -> None:
        if any(isinstance(it.fact, Jar.Taken) for it in facts):
            raise ValueError("the books will not have it")

    async with jars(database, refuse_takes) as store:
        id = await opened(store, coins=1)

        emptied, looked, filled = await asyncio.gather(
            take(store, id),
            update(store, id, must_hold_a_coin),
            fill(store, id, 2),
            return_exceptions=True,
        )

        assert isinstance(emptied, ValueError)
        assert looked == (2, 2)
        assert filled == (4, 3)
        assert (await store.repository(Jar).get(id)).coins == 4


def must_hold_a_coin(jar: Jar) -> None:
    if not jar.coins:
        raise Overdrawn("it is empty")
    jar.fill(1)


async def test_a_snapshot_is_of_what_is_durable(open_store: Open) -> None:
    store = await open_store()
    id = await opened(store)

    await asyncio.gather(*(fill(store, id) for _ in range(450)))
    await asyncio.sleep(0.05)

    snapshot = (await store.recorder.load({id: None}))[id].snapshot
    assert snapshot is not None
    assert snapshot.version == 400
    jar = await (await open_store()).repository(Jar).get(id)
    assert (jar.coins, jar.version) == (450, 451)


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_is_lost_or_taken_twice_whoever_gives_up(open_store: Open, seed: int) -> None:
    """Two processes, three streams, callers who go away: what was answered is there, what was
    refused is not."""
    chance = Random(seed)
    stores = [await open_store() for _ in range(2)]
    ids = [await opened(stores[0], coins=40) for _ in range(3)]
    moved: list[tuple[UUID, UUID]] = []
    doubtful = 0

    async def move(store: Store, source: UUID, target: UUID, patience: float) -> None:
        nonlocal doubtful

        async def decide(unit: Unit) -> Jar:
            (await unit.get(Jar, source)).take(1)
            jar = await unit.get(Jar, target)
            jar.fill(1)
            return jar

        try:
            async with asyncio.timeout(patience):
                await store.transact(decide, command=command())
        except TimeoutError:
            doubtful += 1
        else:
            moved.append((source, target))

    async def some(store: Store) -> None:
        for _ in range(12):
            source, target = chance.sample(ids, 2)
            with suppress(Overdrawn, Conflict):
                await move(store, source, target, chance.choice((0.001, 0.005, 60)))

    await asyncio.gather(*(some(store) for store in stores for _ in range(10)))

    jars = [await stores[1].repository(Jar).get(id) for id in ids]
    assert sum(jar.coins for jar in jars) == 120
    assert all(jar.coins >= 0 for jar in jars)
    known = [40 + sum(it == id for _, it in moved) - sum(it == id for it, _ in moved) for id in ids]
    assert (
        sum(abs(jar.coins - coins) for jar, coins in zip(jars, known, strict=True)) <= 2 * doubtful
    )
    facts = await stores[0].read(START, 10_000)
    for jar in jars:
        versions = [it.fact.originator_version for it in facts if it.fact.originator_id == jar.id]
        assert versions == [*range(1, jar.version + 1)]


def slow(patch: pytest.MonkeyPatch, let_go: asyncio.Event) -> None:
    append = PostgresRecorder._append

    async def later(self: PostgresRecorder, group: Any) -> Any:
        await let_go.wait()
        return await append(self, group)

    patch.setattr(PostgresRecorder, "_append", later)
