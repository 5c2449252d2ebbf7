"""How late the event loop is: the first sign that a process has more to do than it can."""

import asyncio

from libs.observability.metrics import Metrics

PERIOD_S = 1.0


class LoopLag:
    """Asks to be called every second and sees by how much that is missed."""

    def __init__(self, metrics: Metrics) -> None:
        self._handle: asyncio.TimerHandle | None = None
        self._last = 0.0
        self._most = 0.0
        metrics.gauge(
            "entrepot_loop_lag_seconds",
            "Delay of the event loop, as measured last.",
            lambda: self._last,
        )
        metrics.gauge(
            "entrepot_loop_lag_seconds_max",
            "Longest delay of the event loop since the process began.",
            lambda: self._most,
        )

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        due = loop.time() + PERIOD_S
        self._handle = loop.call_at(due, self._measure, loop, due)

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()

    def _measure(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._last = loop.time() - due
        self._most = max(self._most, self._last)
        self.watch(loop)
