"""A small aggregate that the store's tests use."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from libs.domain import Aggregate, RuleViolated, Started, event


class Overdrawn(RuleViolated):
    """More was asked for than there is."""


class Jar(Aggregate):
    """Holds coins, and is emptied when it falls due."""

    TOPIC = "testing.Jar"

    coins: int
    empty_at: datetime | None

    class Opened(Started):
        TOPIC = "testing.Opened"
        coins: int

    class Filled(Aggregate.Event):
        TOPIC = "testing.Filled"
        coins: int

    class Taken(Aggregate.Event):
        TOPIC = "testing.Taken"
        coins: int

    class Timed(Aggregate.Event):
        TOPIC = "testing.Timed"
        empty_at: datetime

    class Emptied(Aggregate.Event):
        TOPIC = "testing.Emptied"

    @event(Opened)
    def __init__(self, *, id: UUID, coins: int) -> None:
        self.coins = coins
        self.empty_at = None

    def fill(self, coins: int) -> None:
        if coins:
            self._filled(coins)

    @event(Filled)
    def _filled(self, coins: int) -> None:
        self.coins += coins

    def take(self, coins: int) -> None:
        if coins > self.coins:
            raise Overdrawn(f"{coins} asked, {self.coins} held", field="coins")
        self._taken(coins)

    @event(Taken)
    def _taken(self, coins: int) -> None:
        self.coins -= coins

    def empty_in(self, delay: timedelta, now: datetime) -> None:
        self._timed(now + delay)

    @event(Timed)
    def _timed(self, empty_at: datetime) -> None:
        self.empty_at = empty_at

    @property
    def due(self) -> datetime | None:
        return self.empty_at

    def fall_due(self, now: datetime) -> None:
        if self.empty_at is not None and self.empty_at <= now:
            self._emptied()

    @event(Emptied)
    def _emptied(self) -> None:
        self.coins = 0
        self.empty_at = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    request_id: UUID
    coins: int = 1
