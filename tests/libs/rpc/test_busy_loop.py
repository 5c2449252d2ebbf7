"""A loop that has other work to do still takes the calls that come meanwhile, all together."""

import asyncio
import sys

from tests.libs.rpc.busy_loop import CALLS


async def test_many_calls_take_few_turns_of_a_busy_loop() -> None:
    """In a process of its own: what a process makes first of gRPC decides how it is woken."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.libs.rpc.busy_loop", stdout=asyncio.subprocess.PIPE
    )

    told, _ = await process.communicate()

    turns = int(told.splitlines()[-1])
    assert turns < CALLS
