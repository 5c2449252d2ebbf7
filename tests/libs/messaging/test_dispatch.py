"""A message that cannot be handled parks its key, and nothing else; in memory and PostgreSQL."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from libs.contracts.catalog.v1.events_pb2 import LiveEnded, PriceChanged
from libs.domain import RuleViolated
from libs.eventstore import Overloaded
from libs.messaging import Envelope, hears
from libs.messaging.dispatch import Dispatch
from libs.messaging.parking import MemoryParking, Parking, PostgresParking
from libs.messaging.redrive import redrive
from libs.runtime.migrations import migrate
from tests.libs.messaging.wire import TOPIC, EndShow, message


@pytest.fixture(params=["memory", "postgres"])
async def parking(request: pytest.FixtureRequest) -> AsyncIterator[Parking]:
    if request.param == "memory":
        yield MemoryParking()
        return
    dsn = request.getfixturevalue("database")
    await migrate(dsn, "none")
    async with asyncpg.create_pool(dsn, min_size=1, max_size=2) as pool:
        yield PostgresParking(pool)


@hears(LiveEnded)
def follow(event: Envelope) -> Iterator[EndShow]:
    assert isinstance(event.payload, LiveEnded)
    yield EndShow(request_id=event.request_id(EndShow), session=event.payload.live_session_id)


class Shows:
    """Ends shows, but for those that it is told to refuse."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.refuse: set[str] = set()
        self.overloaded = 0

    async def end(self, command: EndShow) -> None:
        if self.overloaded:
            self.overloaded -= 1
            raise Overloaded("busy")
        if command.session in self.refuse:
            raise RuleViolated(f"{command.session} goes on")
        self.ended.append(command.session)


def dispatch(shows: Shows, parking: Parking) -> Dispatch:
    return Dispatch(
        service="test", follows={TOPIC: follow}, handlers={EndShow: shows.end}, parking=parking
    )


async def test_a_message_becomes_its_command(parking: Parking) -> None:
    shows = Shows()

    await dispatch(shows, parking).handle(message("a", 0))

    assert shows.ended == ["a"]


async def test_a_fact_that_asks_for_nothing_is_passed_over_undecoded(parking: Parking) -> None:
    shows = Shows()
    sold = message("a", 0, value=b"no message at all", carrying=PriceChanged)

    await dispatch(shows, parking).handle_all([sold, message("a", 1)])

    assert shows.ended == ["a"]
    assert await parking.keys() == set()


async def test_a_fact_of_a_name_that_nobody_knows_parks_its_key(parking: Parking) -> None:
    shows = Shows()
    unknown = message("a", 0)
    headers = [
        (k, b"entrepot.catalog.v1.ToCome" if k == "ce_type" else v) for k, v in unknown.headers
    ]

    await dispatch(shows, parking).handle_all([unknown._replace(headers=headers)])

    assert shows.ended == []
    assert await parking.keys() == {(TOPIC, unknown.key)}


async def test_a_refused_message_parks_its_key_and_later_ones_wait_behind_it(
    parking: Parking,
) -> None:
    shows = Shows()
    shows.refuse = {"a"}
    to = dispatch(shows, parking)

    for offset, session in enumerate(["a", "b", "a"]):
        await to.handle(message(session, offset))

    assert shows.ended == ["b"]
    assert [it.message.offset for it in await parking.all()] == [0, 2]


async def test_a_message_that_cannot_be_read_parks_its_key(parking: Parking) -> None:
    shows = Shows()
    to = dispatch(shows, parking)

    await to.handle(message("a", 0, value=b"\xff\xff\xff"))
    await to.handle(message("b", 1))

    assert shows.ended == ["b"]
    (parked,) = await parking.all()
    assert parked.error.startswith("Undecodable")


async def test_what_passes_by_itself_is_waited_for(parking: Parking) -> None:
    shows = Shows()
    shows.overloaded = 2

    await dispatch(shows, parking).handle(message("a", 0))

    assert shows.ended == ["a"]
    assert await parking.all() == []


async def test_parked_messages_are_driven_again_in_order(parking: Parking) -> None:
    shows = Shows()
    shows.refuse = {"a"}
    to = dispatch(shows, parking)
    for offset in range(3):
        await to.handle(message("a", offset))

    assert await redrive(parking, to, TOPIC, b"a") == 0
    shows.refuse = set()
    assert await redrive(parking, to, TOPIC, b"a") == 3

    assert shows.ended == ["a", "a", "a"]
    assert await parking.all() == []


async def test_skipping_says_who_and_why(parking: Parking) -> None:
    shows = Shows()
    shows.refuse = {"a"}
    await dispatch(shows, parking).handle(message("a", 0))
    (parked,) = await parking.all()

    await parking.skip(parked.id, reason="told twice", by="ann")

    assert await parking.all() == []
