"""Business time that a test moves: it stands still at a moment, or goes with the machine."""

from datetime import datetime, timedelta

from libs.runtime.clock import Clock, ManualClock, SystemClock


class MovableClock:
    def __init__(self, start: datetime | None = None) -> None:
        """It stands still at `start` until it is moved; without, it goes on by itself."""
        self._base: Clock = ManualClock(start) if start else SystemClock()
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return self._base.now() + self._ahead

    def reach(self, when: datetime) -> None:
        """Go to a moment, unless it is past: business time never goes back."""
        self._ahead += max(when - self.now(), timedelta(0))
