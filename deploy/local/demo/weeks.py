"""The weeks after: parcels, two returns, holds that end, statements that are cut and paid."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from deploy.local.demo.cast import (
    AGENCY,
    AURORA,
    AVA,
    CANDLE,
    CLEO,
    CREATORS,
    ELLA,
    FINN,
    IRIS,
    MERCHANTS,
    MILL,
    PARTNER,
    THROW,
    US,
    Merchant,
)
from deploy.local.demo.parcels import deliver, dispatch
from deploy.local.demo.returning import send_back
from deploy.local.demo.shopping import follow
from deploy.local.demo.stage import COMMISSION_HOLD_DAYS, RESERVE_DAYS, SETTLEMENT_HOLD_DAYS
from deploy.local.demo.treasury import settled, yuan_are_bought
from deploy.local.demo.world import Purchase, World
from libs.contracts.ledger.v1 import ledger_service_pb2 as ledger
from libs.contracts.returns.v1 import returns_service_pb2 as returns
from libs.rpc.convert import when

NAMED = (AVA, CLEO, ELLA, FINN, IRIS)
SELLERS = tuple(it.key for it in MERCHANTS)
PROMOTERS = (*(it.key for it in CREATORS), AGENCY, PARTNER)
HELD_FOR_SELLERS = ("2110", "2120", "2130", "2160", "2310")
HELD_FOR_PROMOTERS = ("2210", "2211", "2220", "2221", "2230", "2231", "2310")
RESERVES = ("2140",)


async def parcels(world: World, evening: datetime, crowd: Sequence[Purchase]) -> None:
    story = world.story
    ava, *others = (world.purchases[it.key] for it in NAMED)
    await world.day(evening, 1, 9)
    story.act("The next morning", world.clock.now())
    of_ava, *counts = await asyncio.gather(
        dispatch(world, ava), *(dispatch(world, it) for it in others), dispatch(world, *crowd)
    )
    story.tell(
        f"{of_ava + sum(counts)} parcels are picked, packed and handed over. Ava's basket leaves "
        f"in {of_ava}: each seller's goods are their own."
    )
    story.books(await world.books.news(ava.id, rules=("carriage_accrued", "supply_taken")))
    story.aside("With the hand-over the lamp becomes ours, and we owe Aurora for it, in yuan")
    await world.day(evening, 2, 14)
    await asyncio.gather(
        deliver(world, ava), *(deliver(world, it) for it in others), deliver(world, *crowd)
    )
    await asyncio.gather(*(follow(world, it, "DELIVERED") for it in (ava, *others, *crowd)))
    story.act("The day after", world.clock.now())
    story.tell("Everybody has their parcels. Ava's:")
    story.books(await world.books.news(ava.id, rules=("escrow_held", "revenue_earned")))
    story.aside(
        "What we sold is earned at delivery; Bluebell's money waits in escrow while Ava may still "
        "send the throw back"
    )
    paid = await settled(world, "first")
    story.tell(
        "The payment provider pays us what it took, less its fee and what it gave back to those "
        f"who cancelled: {paid}. Of Ava's:"
    )
    story.books(await world.books.news(ava.id, rules=("funds_received",)))
    await yuan_are_bought(world)


async def ella_returns_in_time(world: World, evening: datetime) -> None:
    await world.day(evening, 4, 10)
    story, ella = world.story, world.purchases[ELLA.key]
    story.act("A return inside the hold", world.clock.now())
    await world.books.news(ella.id, rules=("escrow_held",))
    refund = await send_back(world, ELLA, CANDLE, reason=returns.RETURN_REASON_CHANGED_MIND)
    story.tell(
        "[bold]Ella[/] changes her mind about the candle. Casa Lume approves and pays the label; "
        f"in {US.town} it is found as good as new, and {refund} go back to her. The shipping is "
        "kept."
    )
    story.books(await world.books.news(ella.id, rules=("escrow_refunded", "refund_paid")))
    story.aside("It was still in escrow: no fee, no commission, no payout is to be undone")


async def the_holds_end(world: World, evening: datetime) -> None:
    story, books = world.story, world.books
    ava = world.purchases[AVA.key]
    await world.day(evening, SETTLEMENT_HOLD_DAYS + 4, 6)
    story.act(f"{SETTLEMENT_HOLD_DAYS} days after delivery", world.clock.now())
    story.tell(
        "The holds are over. Bluebell's escrow of Ava's throw is split: our commission, the "
        "creator's and her agency's, a reserve, and the rest Bluebell's. Aurora may have its yuan."
    )
    story.books(await books.news(ava.id, rules=("lines_settled", "supplier_credited")))
    await _paid(world, SELLERS, HELD_FOR_SELLERS)
    story.tell("At midnight statements were cut, and what was available was paid out:")
    for merchant in (MILL, AURORA):
        story.books(
            await books.news(world.run.slug(merchant.key), rules=("payout_locked", "payout_paid"))
        )
    story.aside(
        "Bluebell sold in three currencies and is paid in pounds: two currencies meet in the "
        "foreign exchange position, and each balances by itself"
    )


async def promoters_are_paid(world: World, evening: datetime) -> None:
    await world.day(evening, COMMISSION_HOLD_DAYS + 4, 6)
    story, ava = world.story, world.purchases[AVA.key]
    story.act(f"{COMMISSION_HOLD_DAYS} days after delivery", world.clock.now())
    story.tell("The creators, the agency and the studio get their share.")
    story.books(await world.books.news(ava.id, rules=("commission_released",)))
    await _paid(world, PROMOTERS, HELD_FOR_PROMOTERS)


async def finn_returns_late(world: World, evening: datetime) -> None:
    await world.day(evening, COMMISSION_HOLD_DAYS + 6, 10)
    story, finn = world.story, world.purchases[FINN.key]
    story.act("A return after settlement", world.clock.now())
    await world.books.news(finn.id, rules=("lines_settled", "commission_released"))
    asked_at = world.clock.now()
    refund = await send_back(world, FINN, THROW, reason=returns.RETURN_REASON_DEFECTIVE)
    story.tell(
        f"[bold]Finn[/] finds a hole in his throw. He gets all of it back, {refund}; but Bluebell "
        "and the creator have been paid long since."
    )
    story.books(await world.books.news(finn.id, rules=("settlement_reversed", "refund_paid")))
    story.aside(
        "The reserve is what it was kept for; what it does not cover they owe us, and it is taken "
        "from what they have next"
    )
    await world.day(evening, COMMISSION_HOLD_DAYS + 9, 1)
    await _cut(world, MILL, since=asked_at)
    owed = await settled(world, "second")
    story.tell(
        f"The provider's next report has Ella's and Finn's refunds alone: {owed}. It takes from us "
        "what it gave to them."
    )
    story.books(await world.books.news(finn.id, rules=("funds_received",)))


async def the_reserves_end(world: World, evening: datetime) -> None:
    await world.day(evening, SETTLEMENT_HOLD_DAYS + RESERVE_DAYS + 4, 6)
    story, ava = world.story, world.purchases[AVA.key]
    story.act("Six weeks later", world.clock.now())
    await follow(world, ava, "COMPLETED")
    story.tell("The last return window is over, and so is the time of the reserves.")
    story.books(await world.books.news(ava.id, rules=("reserve_released",)))
    await _paid(world, SELLERS, (*HELD_FOR_SELLERS, *RESERVES))
    story.tell(
        "Bluebell's last statements: what it has in euros goes towards Finn's throw, which it owes "
        "us; pounds and dollars are paid out."
    )
    story.books(
        await world.books.news(
            world.run.slug(MILL.key), rules=("shortfall_recovered", "payout_paid")
        )
    )


async def _cut(world: World, merchant: Merchant, *, since: datetime) -> None:
    """Until the night's statement is there: time is not to run ahead of it."""
    request = ledger.ListStatementsRequest(payee=world.run.slug(merchant.key))

    async def is_cut() -> bool:
        answer = await world.players.finance.ledger.ListStatements(request)
        return any(when(it.cut_at) > since for it in answer.statements)

    await world.wait(f"{merchant.name} has no statement", is_cut)


async def _paid(world: World, keys: Sequence[str], codes: Sequence[str]) -> None:
    """Once nothing of these payees waits any more, in holds, for a statement, or on its way."""
    payees = [world.run.slug(key) for key in keys]

    async def nothing_waits() -> bool:
        waiting = await asyncio.gather(*(world.books.waiting(it, codes) for it in payees))
        return not any(waiting)

    await world.wait(f"not all of {', '.join(keys)} are paid", nothing_waits)
