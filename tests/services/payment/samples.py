"""What the tests of payment begin with."""

from uuid import UUID

from libs.money import Money
from libs.testing import ID, Fact, fact, given
from services.payment.domain import (
    CapturePolicy,
    Kind,
    Operation,
    Payment,
    operation_key,
)

ORDER, REFUND, OTHER_REFUND = UUID(int=1), UUID(int=2), UUID(int=3)


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


def operation(
    version: int, kind: Kind, amount: Money | None = None, *, refund_id: UUID | None = None
) -> Operation:
    """What the fact of that version asks of the provider."""
    return Operation(
        key=operation_key(ID, version),
        kind=kind,
        account=ID,
        amount=eur(100_00) if amount is None else amount,
        instrument="tok_ok",
        reference=ORDER,
        refund_id=refund_id,
    )


def asked(kind: Kind = Kind.SALE) -> Fact:
    policy = CapturePolicy.AT_PLACEMENT if kind is Kind.SALE else CapturePolicy.AT_HAND_OVER
    return fact(
        Payment.AuthorizationRequested,
        order_id=ORDER,
        buyer_id="buyer-1",
        capture_policy=policy,
        operation=operation(1, kind),
    )


def authorized() -> Fact:
    return fact(Payment.Authorized, order_id=ORDER, key=operation_key(ID, 1), amount=eur(100_00))


def captured(version: int = 1, amount: Money | None = None) -> Fact:
    amount = eur(100_00) if amount is None else amount
    return fact(
        Payment.Captured,
        order_id=ORDER,
        key=operation_key(ID, version),
        amount=amount,
        captured_total=amount,
    )


def held() -> Payment:
    """A hundred euros are held until the parcel leaves."""
    return given(Payment, asked(Kind.AUTHORIZE), authorized())


def taken() -> Payment:
    """A hundred euros were captured at placement."""
    return given(Payment, asked(), authorized(), captured())
