"""Waiting: the only sleeps there are."""

import asyncio


async def pause(seconds: float) -> None:
    """Let time pass: after a failure before trying again, or where each time costs more than it is
    worth. Nothing polls with it."""
    await asyncio.sleep(seconds)


async def yielded() -> None:
    """Let what else is ready in this turn of the loop go first."""
    await asyncio.sleep(0)


async def woken(wake: asyncio.Event, *, within: float | None = None) -> bool:
    """Wait until something happens, or until `within` seconds have passed; then it is cleared."""
    try:
        async with asyncio.timeout(within):
            await wake.wait()
    except TimeoutError:
        return False
    else:
        return True
    finally:
        wake.clear()


def told_to_end() -> bool:
    """Whether the present task was itself cancelled.

    A library that cancels tasks of its own may let their CancelledError out: whoever takes that
    for the end stops for ever, and in silence.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
