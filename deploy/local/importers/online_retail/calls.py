"""Calls: many requests in few messages, several under way, and patience where it helps."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from google.protobuf.message import Message

from deploy.local.process import StackError
from libs.rpc.client import RpcRefused

ITEMS_MAX: Final = 1000
BYTES_MAX: Final = 900_000
"""A server takes a mebibyte; the rest is for what frames the items."""

IN_FLIGHT: Final = 4
TOGETHER: Final = 32
PATIENCE_S: Final = 60.0
PAUSE_S: Final = 0.05

PASSING: Final = frozenset({"CONFLICT", "OVERLOADED", "DEADLINE_EXCEEDED"})
"""Reasons that go away by themselves: the same request may be sent again."""

Batch = Callable[[Any], Awaitable[Any]]  # One batch method of a generated stub.


async def batched(
    send: Batch,
    batch: type[Message],
    requests: Sequence[Message],
    *,
    most: int = ITEMS_MAX,
    until_not: frozenset[str] = frozenset(),
) -> list[Any]:  # Resources, of whichever kind the method answers with.
    """What came of each request, in their order; `most` go in one message.

    Requests that are refused for a reason of `until_not` are sent again until they are not.
    """
    answers: list[Any] = [None] * len(requests)
    open_ = list(range(len(requests)))
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while open_:
        gate = asyncio.Semaphore(IN_FLIGHT)

        async def one(numbers: list[int], gate: asyncio.Semaphore = gate) -> list[int]:
            async with gate:
                results = (await send(batch(requests=[requests[n] for n in numbers]))).results
            refused = []
            for number, result in zip(numbers, results, strict=True):
                if not result.HasField("error"):
                    answers[number] = _resource(result)
                    continue
                refusal = RpcRefused.told(result.error)
                in_time = asyncio.get_running_loop().time() < deadline
                if refusal.reason not in PASSING | until_not or not in_time:
                    raise refusal
                refused.append(number)
            return refused

        chunks = list(_chunks(requests, open_, most))
        open_ = [n for refused in await asyncio.gather(*map(one, chunks)) for n in refused]
        if open_:
            await asyncio.sleep(PAUSE_S)
    return answers


async def until(true: Callable[[], Awaitable[bool]], *, or_else: str) -> None:
    """Ask again until it is so; a stack that does not get there is broken."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while not await true():
        if asyncio.get_running_loop().time() > deadline:
            raise StackError(or_else)
        await asyncio.sleep(PAUSE_S)


def _chunks(requests: Sequence[Message], numbers: list[int], most: int) -> Iterator[list[int]]:
    chunk: list[int] = []
    size = 0
    for number in numbers:
        more = requests[number].ByteSize() + 8
        if chunk and (size + more > BYTES_MAX or len(chunk) == most):
            yield chunk
            chunk, size = [], 0
        chunk.append(number)
        size += more
    if chunk:
        yield chunk


def _resource(result: Any) -> Any:  # A message with one choice: the resource, or an error.
    (choice,) = result.DESCRIPTOR.oneofs
    return getattr(result, result.WhichOneof(choice.name))


async def all_of(work: Iterable[Awaitable[Any]]) -> list[Any]:
    """So many at a time that nobody is overrun; what fails ends the rest."""
    gate = asyncio.Semaphore(TOGETHER)

    async def one(task: Awaitable[Any]) -> Any:
        async with gate:
            return await task

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(task)) for task in work]
    return [task.result() for task in tasks]
