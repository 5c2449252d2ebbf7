"""An exchange rate, as it is pinned in a fact."""

from typing import NamedTuple


class Rate(NamedTuple):
    """`bought` minor units for `sold` minor units, and where the figure comes from."""

    bought: int
    sold: int
    source: str

    def apply(self, amount: int) -> int:
        """What an amount buys, rounded half up."""
        return (amount * self.bought * 2 + self.sold) // (2 * self.sold)

    def cost(self, amount: int) -> int:
        """What buying an amount takes, rounded half up."""
        return (amount * self.sold * 2 + self.bought) // (2 * self.bought)

    def __str__(self) -> str:
        return f"{self.bought}/{self.sold} {self.source}"
