"""What the buyer paid, as it belongs to each line."""

from collections.abc import Iterable, Iterator

from libs.money import allocate
from services.ledger.domain.amounts import Captured
from services.ledger.domain.position import Position
from services.ledger.domain.sale import Value


def captured_rows(positions: Iterable[Position], amount: int) -> tuple[Captured, ...]:
    """Divide a capture over what the lines still await; all of it, as a rule."""
    awaiting = [position for position in positions if any(position.uncaptured)]
    charges = [position.uncaptured.charged for position in awaiting]
    if amount == sum(charges):
        return tuple(_row(position, position.uncaptured) for position in awaiting)
    return tuple(_in_part(awaiting, charges, amount))


def moved_rows(positions: Iterable[Position]) -> tuple[Captured, ...]:
    """Lines that got more than they are due any longer give it to those that still await some."""
    lines = list(positions)
    over = [position for position in lines if position.uncaptured.charged < 0]
    freed = -sum(position.uncaptured.charged for position in over)
    rest = [position for position in lines if position.uncaptured.charged >= 0]
    given_up = tuple(_row(position, position.uncaptured) for position in over)
    return given_up + captured_rows(rest, freed)


def _in_part(awaiting: list[Position], charges: list[int], amount: int) -> Iterator[Captured]:
    """Less than all was taken: each line gets its share, the item's price takes the rounding."""
    for position, charge, part in zip(awaiting, charges, allocate(amount, charges), strict=True):
        discount, shipping, tax, duty = (
            _scaled(component, part, charge) for component in position.uncaptured[1:]
        )
        gmv = part + discount - shipping - tax - duty
        yield _row(position, Value(gmv, discount, shipping, tax, duty))


def _scaled(component: int, part: int, whole: int) -> int:
    return (component * part * 2 + whole) // (2 * whole) if whole else 0


def _row(position: Position, value: Value) -> Captured:
    sold, ours = position.sold, not position.marketplace
    return Captured(
        order_line=sold.order_line,
        payee=sold.merchant,
        mode=sold.mode,
        surface=sold.surface,
        creator=sold.creator,
        charged=value.charged,
        promotion=0 if ours else value.platform_discount,
        escrow=0 if ours else value.gmv + value.shipping,
        contract=value.gmv - value.platform_discount + value.shipping if ours else 0,
        sales_tax=0 if ours else value.tax,
        vat=value.tax if ours else 0,
        duty=value.duty,
        gmv=value.gmv,
        platform_discount=value.platform_discount,
        shipping=value.shipping,
    )
