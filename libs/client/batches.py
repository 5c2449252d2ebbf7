"""Many requests in few calls (AIP-231 to 235), with an answer for each."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from libs.client.refused import RpcRefused

ERROR = "error"
SIZE = 500


async def each(
    method: Callable[[Any], Awaitable[Any]],
    batch: type[Any],
    requests: Iterable[Any],
    *,
    size: int = SIZE,
) -> AsyncIterator[tuple[Any, Any]]:
    """Each request with its answer, which is the resource or an `RpcRefused`.

    `async for request, order in each(stub.BatchPlaceOrders, BatchPlaceOrdersRequest, requests)`.
    Each stands or falls alone. Stubs are generated, and have no common type.
    """
    for part in _parts(requests, size):
        answer = await method(batch(requests=part))
        for request, result in zip(part, answer.results, strict=True):
            chosen = result.WhichOneof(result.DESCRIPTOR.oneofs[0].name)
            value = getattr(result, chosen)
            yield request, RpcRefused.told(value) if chosen == ERROR else value


def _parts(requests: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(requests)
    while part := list(islice(rest, size)):
        yield part
