"""Two who take the same streams in opposite order never wait for each other."""

import asyncio
from uuid import UUID

import pytest

from libs.eventstore.locks import Reorder, StreamLocks

FIRST, SECOND = UUID(int=1), UUID(int=2)


async def test_whoever_holds_a_later_stream_begins_again_rather_than_wait() -> None:
    locks = StreamLocks()
    await locks.take(FIRST)

    with pytest.raises(Reorder):
        await locks.take(FIRST, (SECOND,))
    locks.release(FIRST)
    await locks.take(FIRST, (SECOND,))


async def test_a_stream_that_was_released_to_the_next_in_line_is_not_free() -> None:
    """That one may want our later stream next, while we would wait for it behind them."""
    locks = StreamLocks()
    await locks.take(FIRST)
    next_in_line = asyncio.create_task(locks.take(FIRST))
    await asyncio.sleep(0)

    locks.release(FIRST)
    with pytest.raises(Reorder):
        await locks.take(FIRST, (SECOND,))
    await next_in_line


async def test_whoever_gives_up_waiting_is_forgotten() -> None:
    locks = StreamLocks()
    await locks.take(FIRST)
    waiting = asyncio.create_task(locks.take(FIRST))
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    locks.release(FIRST)

    await locks.take(FIRST, (SECOND,))


async def test_whoever_gives_up_when_it_is_their_turn_hands_it_on() -> None:
    locks = StreamLocks()
    await locks.take(FIRST)
    giving_up, after = (asyncio.create_task(locks.take(FIRST)) for _ in range(2))
    await asyncio.sleep(0)

    locks.release(FIRST)
    giving_up.cancel()

    await asyncio.gather(giving_up, return_exceptions=True)
    await after
    locks.release(FIRST)
    await locks.take(FIRST, (SECOND,))
