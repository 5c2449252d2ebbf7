"""Tokens that are renewed before they expire."""

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable

from libs.runtime.clock import Clock, SystemClock


class Renewed:
    """Asks for a token when the last one is about to expire; many calls at once ask once."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[str]],
        *,
        ahead_s: float = 60.0,
        clock: Clock | None = None,
    ) -> None:
        self._ask = ask
        self._ahead_s = ahead_s
        self._clock = clock or SystemClock()
        self._asking = asyncio.Lock()
        self._token = ""
        self._until = 0.0

    async def __call__(self) -> str:
        if self._stale():
            async with self._asking:
                if self._stale():
                    self._token = await self._ask()
                    self._until = expiry(self._token)
        return self._token

    def _stale(self) -> bool:
        return self._clock.now().timestamp() >= self._until - self._ahead_s


def expiry(token: str) -> float:
    """When a JSON Web Token expires, as it says itself; whether it is genuine, servers tell."""
    payload = token.split(".")[1]
    padded = payload + "=" * (-len(payload) % 4)
    return float(json.loads(urlsafe_b64decode(padded))["exp"])
