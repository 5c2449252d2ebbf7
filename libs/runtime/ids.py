"""Where new ids and chance come from."""

import os
import random
import time
from uuid import UUID


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): ordered by the millisecond it was made in."""
    milliseconds = time.time_ns() // 1_000_000
    chance = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | chance
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def chance(seed: object = None) -> random.Random:
    """A source of chance; with a seed, the same one every time."""
    return random.Random(None if seed is None else str(seed))


def secret(size: int) -> bytes:
    """Random bytes fit for keys."""
    return os.urandom(size)
