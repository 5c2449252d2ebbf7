"""A tenant's share is earned again with time, and is nobody else's."""

import pytest

from libs.rpc import Caller
from libs.rpc.quotas import REMEMBERED_MAX, Quotas
from libs.rpc.refusals import Overloaded


class Watch:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def buyer(name: str) -> Caller:
    return Caller(subject=name, roles=frozenset({"buyer"}))


def clerk(name: str, merchant: str) -> Caller:
    return Caller(subject=name, roles=frozenset({"merchant"}), merchant=merchant)


def call(quotas: Quotas, caller: Caller) -> None:
    with quotas.share_of(caller):
        pass


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def quotas(watch: Watch) -> Quotas:
    return Quotas(calls_max=2, rate=2.0, burst=4, now=watch)


def test_what_was_spent_comes_back_with_time(quotas: Quotas, watch: Watch) -> None:
    for _ in range(4):
        call(quotas, buyer("ada"))
    with pytest.raises(Overloaded) as refused:
        call(quotas, buyer("ada"))

    watch.seconds += refused.value.retry_after_s

    assert refused.value.retry_after_s == 0.5
    call(quotas, buyer("ada"))


def test_a_refused_call_costs_nothing(quotas: Quotas, watch: Watch) -> None:
    for _ in range(4):
        call(quotas, buyer("ada"))
    for _ in range(100):
        with pytest.raises(Overloaded):
            call(quotas, buyer("ada"))

    watch.seconds += 0.5

    call(quotas, buyer("ada"))


def test_who_calls_for_a_merchant_spends_that_merchants_share(quotas: Quotas) -> None:
    for clerk_ in ("una", "vic", "una", "vic"):
        call(quotas, clerk(clerk_, "engines"))

    with pytest.raises(Overloaded):
        call(quotas, clerk("wes", "engines"))
    call(quotas, clerk("una", "looms"))


def test_a_call_that_fails_leaves_room_for_another(quotas: Quotas) -> None:
    for _ in range(3):
        with pytest.raises(RuntimeError), quotas.share_of(buyer("ada")):
            raise RuntimeError

    call(quotas, buyer("ada"))


def test_those_who_speak_for_many_have_no_share_of_their_own(quotas: Quotas) -> None:
    storefront = Caller(subject="storefront", roles=frozenset({"service"}))

    for _ in range(100):
        call(quotas, storefront)


def test_whoever_owes_nothing_is_forgotten_first(quotas: Quotas, watch: Watch) -> None:
    for _ in range(4):
        call(quotas, buyer("ada"))
    for number in range(REMEMBERED_MAX):
        call(quotas, buyer(str(number)))

    with pytest.raises(Overloaded):
        call(quotas, buyer("ada"))
