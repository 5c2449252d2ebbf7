"""Treasury: what the provider pays, and the yuan that the supplier will be paid in."""

from __future__ import annotations

from collections.abc import Mapping

from deploy.local.demo.cast import AURORA, COUNTRIES, Country
from deploy.local.demo.world import World
from libs.contracts.ledger.v1 import ledger_service_pb2 as ledger
from libs.contracts.payment.v1 import payment_service_pb2 as payment
from libs.money import Money, share
from libs.rpc.convert import from_money, to_money

POSITION = "1900"
MARKET_BASIS_POINTS = 9_950
"""Yuan are half a percent cheaper than when the lamps became ours."""


async def settled(world: World, report: str) -> str:
    """Take in a report of the provider; gives what reaches the bank by it."""
    answer = await world.players.finance.payments.SettleProvider(
        payment.SettleProviderRequest(request_id=world.run.request("provider", report))
    )
    return ", ".join(str(to_money(it.net)) for it in answer.totals)


async def yuan_are_bought(world: World) -> None:
    """Each legal entity covers what it owes, out of what it has earned."""
    story = world.story
    told = [await _covered(world, country) for country in COUNTRIES]
    story.tell(
        "Our treasury does not wait until the yuan are due: what the lamps earned leaves client "
        f"money, and buys {', '.join(it for it in told if it)}."
    )
    story.books(await world.books.of_account(POSITION, rule="currency_bought"))
    story.aside("They cost less than was set aside for them: the difference is ours")


async def _covered(world: World, country: Country) -> str:
    finance, run = world.players.finance.ledger, world.run
    position = await _position(world, country)
    owed, set_aside = position.get(AURORA.payout_currency, 0), -position.get(country.currency, 0)
    if owed <= 0:
        return ""
    bought = Money(owed, AURORA.payout_currency)
    cost = country.money(share(set_aside, MARKET_BASIS_POINTS))
    await finance.SweepFees(
        ledger.SweepFeesRequest(
            request_id=run.request("sweep", country.code),
            legal_entity=country.legal_entity,
            amount=from_money(cost),
        )
    )
    await finance.BuyCurrency(
        ledger.BuyCurrencyRequest(
            request_id=run.request("yuan", country.code),
            legal_entity=country.legal_entity,
            bought=from_money(bought),
            cost=from_money(cost),
            carried=from_money(country.money(set_aside)),
        )
    )
    return f"{bought} for {cost}"


async def _position(world: World, country: Country) -> Mapping[str, int]:
    """By currency: what is owed in it, or, negative, what was set aside."""
    answer = await world.players.finance.ledger.GetBalance(
        ledger.GetBalanceRequest(
            filter=ledger.AccountFilter(codes=[POSITION], legal_entity=country.legal_entity)
        )
    )
    return {it.unit: it.minor for it in answer.amounts}
