"""Coming back when told to: a server that sheds load says when it will have room."""

from collections.abc import Awaitable, Callable
from typing import Any

from libs.client.refused import ResourceExhausted
from libs.runtime.clock import monotonic
from libs.runtime.ids import chance
from libs.runtime.waiting import pause

PATIENCE_S = 30.0
SPREAD = 0.5
"""By up to so much more than advised: who was refused together does not come back together."""

_chance = chance()


async def patiently(
    method: Callable[[Any], Awaitable[Any]], request: Any, *, patience_s: float = PATIENCE_S
) -> Any:
    """The answer, sent for again whenever the server is full and says when to come back.

    `await patiently(stub.PlaceOrder, request)`. Raises the refusal when coming back would take
    longer than `patience_s` in all, and at once where the server gives no time: nothing is full
    then that will ever be empty. Stubs are generated, and have no common type.
    """
    until = monotonic() + patience_s
    while True:
        try:
            return await method(request)
        except ResourceExhausted as refused:
            if refused.retry_after_s is None:
                raise
            wait = refused.retry_after_s * _chance.uniform(1, 1 + SPREAD)
            if monotonic() + wait > until:
                raise
        await pause(wait)
