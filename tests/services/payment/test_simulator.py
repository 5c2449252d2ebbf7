"""The provider keeps its promises, on books in memory and in PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from libs.runtime.clock import ManualClock
from services.payment.domain import (
    NEVER_RECEIVED,
    ActionRequired,
    Kind,
    Operation,
    Outcome,
    Refused,
    Succeeded,
    operation_key,
)
from services.payment.simulator import MemoryBooks, PostgresBooks, Simulator, Terms
from tests.services.payment.samples import ORDER, eur

DONE = Succeeded(eur(100_00))
PAYMENT, OTHER = UUID(int=11), UUID(int=12)


@pytest.fixture(params=["memory", "postgres"])
def provider(request: pytest.FixtureRequest, clock: ManualClock) -> Simulator:
    if request.param == "memory":
        return Simulator(MemoryBooks(), clock)
    return Simulator(PostgresBooks(request.getfixturevalue("pool")), clock)


def wish(
    kind: Kind = Kind.SALE,
    amount: int = 100_00,
    *,
    token: str = "tok_ok",
    number: int = 1,
    account: UUID = PAYMENT,
) -> Operation:
    return Operation(
        key=operation_key(account, number),
        kind=kind,
        account=account,
        amount=eur(amount),
        instrument=token,
        reference=ORDER,
    )


async def test_the_same_key_is_booked_once(provider: Simulator) -> None:
    answers = await asyncio.gather(*(provider.send(wish()) for _ in range(3)))

    assert answers == [DONE] * 3
    assert await provider.send(wish()) == DONE
    assert len(await provider.books(None, 10)) == 1


@pytest.mark.parametrize(
    ("token", "code"),
    [("tok_decline", "do_not_honor"), ("tok_decline_stolen_card", "stolen_card")],
)
async def test_it_declines(provider: Simulator, token: str, code: str) -> None:
    assert await provider.send(wish(token=token)) == Refused(code)


async def test_it_declines_the_first_attempt_of_an_order_only(provider: Simulator) -> None:
    first = await provider.send(wish(token="tok_decline_once"))
    second = await provider.send(wish(token="tok_decline_once", account=OTHER))

    assert (first, second) == (Refused("try_again"), DONE)


@pytest.mark.parametrize(
    ("token", "answer"),
    [
        ("tok_timeout_succeeds", DONE),
        ("tok_webhook_late", DONE),
        ("tok_timeout_fails", Refused("processing_error")),
    ],
)
async def test_it_may_say_nothing_and_tell_when_asked(
    provider: Simulator, token: str, answer: object
) -> None:
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await provider.send(wish(token=token))

    assert await provider.inquire(wish().key) == answer


async def test_it_knows_nothing_of_what_it_never_received(provider: Simulator) -> None:
    assert await provider.inquire(wish().key) == Refused(NEVER_RECEIVED)


async def test_it_waits_for_the_buyer(provider: Simulator, clock: ManualClock) -> None:
    asked = await provider.send(wish(token="tok_3ds"))

    assert isinstance(asked, ActionRequired)
    assert asked.expires_at == clock.now() + timedelta(minutes=15)
    assert await provider.inquire(wish().key) == asked
    assert await provider.confirm(wish().key) == DONE
    assert await provider.inquire(wish().key) == DONE


async def test_it_does_not_wait_for_ever(provider: Simulator, clock: ManualClock) -> None:
    await provider.send(wish(token="tok_3ds"))

    clock.advance(timedelta(minutes=15))

    assert await provider.confirm(wish().key) == Refused("authentication_expired")
    assert await provider.inquire(wish().key) == Refused("authentication_expired")


@pytest.mark.parametrize("kind", [Kind.CAPTURE, Kind.VOID])
async def test_it_takes_and_releases_what_it_holds_and_no_more(
    provider: Simulator, kind: Kind
) -> None:
    await provider.send(wish(Kind.AUTHORIZE))

    assert await provider.send(wish(kind, 60_00, number=2)) == Succeeded(eur(60_00))
    assert await provider.send(wish(kind, 40_01, number=3)) == Refused("not_held")


async def test_it_gives_back_what_it_took_and_no_more(provider: Simulator) -> None:
    await provider.send(wish())

    assert await provider.send(wish(Kind.REFUND, 60_00, number=2)) == Succeeded(eur(60_00))
    assert await provider.send(wish(Kind.REFUND, 40_01, number=3)) == Refused("not_captured")


async def test_it_may_not_give_what_it_holds_and_sell_all_the_same(provider: Simulator) -> None:
    token = "tok_capture_fails"
    await provider.send(wish(Kind.AUTHORIZE, token=token))

    capture = await provider.send(wish(Kind.CAPTURE, number=2, token=token))
    sale = await provider.send(wish(token=token, account=OTHER))

    assert (capture, sale) == (Refused("authorization_expired"), DONE)


async def test_it_may_take_another_amount_and_give_it_back(provider: Simulator) -> None:
    token = "tok_amount_differs"

    sale = await provider.send(wish(token=token))
    refund = await provider.send(wish(Kind.REFUND, 100_01, number=2, token=token))

    assert (sale, refund) == (Succeeded(eur(100_01)), Succeeded(eur(100_01)))


async def test_it_may_refuse_refunds(provider: Simulator) -> None:
    token = "tok_refund_fails"
    await provider.send(wish(token=token))

    refund = await provider.send(wish(Kind.REFUND, number=2, token=token))

    assert refund == Refused("refund_refused")


async def test_it_pays_out_to_banks_that_are_there(provider: Simulator) -> None:
    paid = await provider.send(wish(Kind.PAYOUT, token="silk-road"))
    failed = await provider.send(wish(Kind.PAYOUT, token="no-bank", account=OTHER))

    assert (paid, failed) == (DONE, Refused("account_closed"))


async def test_it_settles_each_capture_once_less_its_fee(provider: Simulator) -> None:
    await provider.send(wish())
    await provider.send(wish(token="tok_decline", account=OTHER))

    first = await provider.settle(UUID(int=71))
    again = await provider.settle(UUID(int=71))
    later = await provider.settle(UUID(int=72))

    assert [(line.gross, line.fee) for line in first] == [(eur(100_00), eur(3_20))]
    assert again == first
    assert later == []


async def test_it_keeps_back_what_it_gave_back_and_its_fee_too(provider: Simulator) -> None:
    await provider.send(wish())
    await provider.settle(UUID(int=71))
    await provider.send(wish(Kind.REFUND, 60_00, number=2))
    await provider.send(wish(Kind.REFUND, 60_00, number=3))

    settled = await provider.settle(UUID(int=72))

    assert [(line.gross, line.fee) for line in settled] == [(eur(-60_00), eur(0))]


@pytest.mark.parametrize(("gross", "fee"), [(50, 31), (51, 31), (52, 32), (10, 10)])
def test_its_fee_is_rounded_half_up_and_never_more_than_the_amount(gross: int, fee: int) -> None:
    assert Terms().settled(wish(amount=gross)).fee == eur(fee)


async def test_its_books_are_read_page_by_page(provider: Simulator) -> None:
    wishes = [wish(account=UUID(int=number), number=1) for number in range(20, 25)]
    await asyncio.gather(*(provider.send(each) for each in wishes))

    first = await provider.books(None, 3)
    second = await provider.books(first[-1].key, 3)

    assert [booked.key for booked in [*first, *second]] == sorted(each.key for each in wishes)
    assert {booked.outcome for booked in first} == {Outcome.SUCCEEDED}


async def test_chance_falls_the_same_for_the_same_seed(clock: ManualClock) -> None:
    terms = Terms(seed="evening")
    wishes = [replace(wish(token="tok_random"), account=UUID(int=n)) for n in range(200)]

    drawn = [terms.behaviour(each) for each in wishes]

    assert drawn == [Terms(seed="evening").behaviour(each) for each in wishes]
    assert len(set(drawn)) > 2
    assert drawn != [Terms(seed="morning").behaviour(each) for each in wishes]
