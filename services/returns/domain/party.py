"""Party: on whose behalf something is asked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A buyer, a merchant, or, when it is neither, the platform itself."""

    buyer_id: str | None = None
    merchant_id: str | None = None

    @property
    def is_platform(self) -> bool:
        return self.buyer_id is None and self.merchant_id is None

    def may_see(self, *, buyer_id: str, merchant_id: str) -> bool:
        """Whether something of that buyer and that merchant is any of their business."""
        return self.buyer_id in {None, buyer_id} and self.merchant_id in {None, merchant_id}


PLATFORM = Party()
