"""What the built-in provider tells without being asked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import grpc
import pytest

from libs.rpc.client import RpcRefused
from libs.runtime.clock import ManualClock
from services.payment.domain import Kind
from services.payment.simulator import MemoryBooks, Simulator
from services.payment.webhooks import ATTEMPTS, Postman, Webhook
from tests.services.payment.test_simulator import wish

PAYMENT = UUID(int=11)
DELAY_S = 0.02


class Posted:
    """A letter box that is looked into by the test."""

    def __init__(self) -> None:
        self.webhooks: list[Webhook] = []

    def post(self, webhook: Webhook) -> None:
        self.webhooks.append(webhook)


@pytest.fixture
def posted() -> Posted:
    return Posted()


@pytest.fixture
def provider(clock: ManualClock, posted: Posted) -> Simulator:
    return Simulator(MemoryBooks(), clock, webhooks=posted)


async def test_most_cards_are_heard_of_only_when_asked(provider: Simulator, posted: Posted) -> None:
    await provider.send(wish())

    assert posted.webhooks == []


async def test_what_was_booked_is_told_late_once(provider: Simulator, posted: Posted) -> None:
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await provider.send(wish(token="tok_webhook_late"))

    assert posted.webhooks == [Webhook(PAYMENT, f"evt_{wish().key}", late=1)]


async def test_it_may_tell_everything_twice(provider: Simulator, posted: Posted) -> None:
    await provider.send(wish(token="tok_webhook_twice"))

    first, second = posted.webhooks
    assert first == second


async def test_it_may_tell_the_first_thing_last(provider: Simulator, posted: Posted) -> None:
    await provider.send(wish(token="tok_webhook_disordered"))
    await provider.send(wish(Kind.REFUND, number=2, token="tok_webhook_disordered"))

    assert [webhook.late for webhook in posted.webhooks] == [1, 0]


@asynccontextmanager
async def at_work(deliver: Callable[[Webhook], Awaitable[None]]) -> AsyncIterator[Postman]:
    postman = Postman(deliver, delay_s=DELAY_S)
    rounds = asyncio.create_task(postman.run())
    try:
        yield postman
    finally:
        rounds.cancel()
        await asyncio.gather(rounds, return_exceptions=True)


async def test_a_late_webhook_is_overtaken() -> None:
    arrived: list[Webhook] = []

    async def deliver(webhook: Webhook) -> None:
        arrived.append(webhook)

    late, prompt = Webhook(PAYMENT, "evt_1", late=1), Webhook(PAYMENT, "evt_2")
    async with at_work(deliver) as postman:
        postman.post(late)
        postman.post(prompt)
        await asyncio.sleep(3 * DELAY_S)

    assert arrived == [prompt, late]


@pytest.mark.parametrize("refusals", [0, 2, ATTEMPTS + 3])
async def test_what_is_refused_is_sent_again_for_a_while(refusals: int) -> None:
    tries = 0

    async def deliver(webhook: Webhook) -> None:
        nonlocal tries
        tries += 1
        if tries <= refusals:
            raise RpcRefused(grpc.StatusCode.UNAVAILABLE, "away")

    async with at_work(deliver) as postman:
        postman.post(Webhook(PAYMENT, "evt_1"))
        await asyncio.sleep((ATTEMPTS + 2) * DELAY_S)

    assert tries == min(refusals + 1, ATTEMPTS)
