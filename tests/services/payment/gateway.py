"""What the runtime does with the facts of payment: each is given to the gateway, in order."""

from collections.abc import Awaitable, Callable
from typing import Any

from libs.eventstore import START, Recorded, Store
from services.payment import commands as c
from services.payment.app import PaymentApp, Provider
from services.payment.effects import Gateway


class Following:
    def __init__(self, store: Store, app: PaymentApp, provider: Provider) -> None:
        self.seen: list[Recorded] = []
        self._store = store
        self._gateway = Gateway(provider)
        self._mark = START
        self._handlers: dict[type, Callable[[Any], Awaitable[object]]] = {
            c.RecordSuccess: app.record_success,
            c.RecordRefusal: app.record_refusal,
            c.RecordAction: app.record_action,
            c.RecordDoubt: app.record_doubt,
            c.RecordPayoutSuccess: app.record_payout_success,
            c.RecordPayoutRefusal: app.record_payout_refusal,
            c.RecordPayoutDoubt: app.record_payout_doubt,
        }

    async def catch_up(self) -> list[str]:
        """Until there is nothing new; gives the names of the facts that were new."""
        new: list[Recorded] = []
        while facts := await self._store.read(self._mark, 100):
            for recorded in facts:
                await self.react(recorded)
            new += facts
            self._mark = facts[-1].mark
        self.seen += new
        return [type(recorded.fact).__name__ for recorded in new]

    async def react(self, recorded: Recorded) -> None:
        for command in await self._gateway.react(recorded):
            await self._handlers[type(command)](command)
