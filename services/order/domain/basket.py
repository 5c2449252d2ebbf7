"""Baskets: what somebody wants to buy, before it has a price."""

from dataclasses import dataclass

from libs.domain import Forbidden, Malformed
from libs.money import Money
from services.order.domain.words import Funding, Surface


class TrustedCallersOnly(Forbidden):
    """Discounts, shipping and references are set by the platform's services, not by buyers."""


class BuyerMissing(Malformed):
    """A service checks out for somebody, and must say for whom."""


@dataclass(frozen=True, slots=True)
class Discount:
    """A named reduction of what one line costs, tax as for the market's prices."""

    promotion: str
    funding: Funding
    amount: Money


@dataclass(frozen=True, slots=True)
class BasketLine:
    """What somebody wants of one offer, and where they met it."""

    offer_id: str
    quantity: int
    surface: Surface
    creator_id: str = ""
    live_session_id: str = ""
    discounts: tuple[Discount, ...] = ()


@dataclass(frozen=True, slots=True)
class Basket:
    """What is bought, by whom, and which country it goes to."""

    buyer_id: str
    market: str
    ship_to: str
    lines: tuple[BasketLine, ...]
    shipping: Money | None = None

    def units_of(self, offer_id: str) -> int:
        """Units of an offer, over all its lines."""
        return sum(line.quantity for line in self.lines if line.offer_id == offer_id)

    def require_buyer(self) -> None:
        """Refuse a basket of nobody."""
        if not self.buyer_id:
            raise BuyerMissing("say who buys", field="basket.buyer")

    def require_plain(self) -> None:
        """Refuse what only the platform's own services may set."""
        if self.shipping is not None:
            raise TrustedCallersOnly("shipping follows the market's table", field="basket.shipping")
        for number, line in enumerate(self.lines):
            if line.discounts:
                raise TrustedCallersOnly(
                    "discounts are granted by the platform",
                    field=f"basket.lines[{number}].discounts",
                )
