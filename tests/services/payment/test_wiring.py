"""Payment as a process has it: on PostgreSQL, with the provider's books in the same database."""

from pathlib import Path
from uuid import UUID

from libs.eventstore import START
from libs.runtime.migrations import migrate
from libs.runtime.settings import Settings
from services.payment.commands import AuthorizePayment
from services.payment.domain import CapturePolicy
from services.payment.wiring import build
from tests.services.payment.samples import ORDER, eur


async def test_a_payment_is_taken_and_what_was_asked_is_in_the_books(database: str) -> None:
    await migrate(database, "payment")
    service = await build(Settings(database=database, kafka="", jwks=Path("jwks.json")))
    try:
        command = AuthorizePayment(
            request_id=UUID(int=1),
            payment_id=UUID(int=2),
            order_id=ORDER,
            buyer_id="buyer-1",
            amount=eur(100_00),
            method_token="tok_ok",
            capture_policy=CapturePolicy.AT_PLACEMENT,
        )
        await service.handlers[AuthorizePayment](command)
        (asked,) = await service.store.read(START, 10)

        assert service.effects is not None
        for answer in await service.effects.react(asked):
            await service.handlers[type(answer)](answer)

        facts = await service.store.read(asked.mark, 10)
        assert [type(each.fact).__name__ for each in facts] == ["Authorized", "Captured"]
    finally:
        await service.recorder.stop()
