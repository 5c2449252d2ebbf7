"""Ids that follow from what they identify, so that nobody needs to remember them."""

from functools import lru_cache
from uuid import UUID, uuid5

NAMESPACE = UUID("6f0a1f5e-3b1c-5c0e-9d53-0e3d1b8f7a42")


@lru_cache(maxsize=16_384, typed=True)
def derived_id(*parts: str | int | UUID) -> UUID:
    """The same parts give the same id, on every machine, for ever."""
    return uuid5(NAMESPACE, "/".join(str(part) for part in parts))
