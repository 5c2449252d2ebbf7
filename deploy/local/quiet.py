"""When nothing is on its way any more: what has to be so before time is moved.

Business time that jumps while a fact is still on its way would let deadlines pass that the fact
was about to lift; in production, where time goes by second for second, they are minutes away.
"""

from __future__ import annotations

import asyncio
import time
from datetime import datetime

import asyncpg

from deploy.local.home import State
from deploy.local.lag import consumer_lags
from deploy.local.process import StackError

LOOK_AGAIN_S = 0.05
PATIENCE_S = 120.0

BEHIND = """
select exists (
  select from mark m
   where (m.name in ('relay', 'effects') or m.name like 'projector:%')
     and exists (
       select from fact f where (f.tx, f.position) > (m.tx::text::xid8, m.position)
     )
) or exists (select from deadline where due_at <= $1)
"""


class NeverQuiet(StackError):
    """Something keeps being on its way."""


async def quiet(state: State, now: datetime, *, patience_s: float = PATIENCE_S) -> None:
    """Wait until every fact has had its effect and nothing is due. Raises `NeverQuiet`."""
    assert state.kafka is not None, "a running stack has a broker"
    until = time.monotonic() + patience_s
    calm = 0
    connections = [await asyncpg.connect(it.database) for it in state.services.values()]
    try:
        while calm < 2:
            if time.monotonic() > until:
                raise NeverQuiet(f"facts were still on their way after {patience_s:.0f} s")
            behind = [await connection.fetchval(BEHIND, now) for connection in connections]
            lags = {} if any(behind) else await consumer_lags(state.kafka.address, state.services)
            if any(behind) or any(lags.values()):
                calm = 0
                await asyncio.sleep(LOOK_AGAIN_S)
            else:
                calm += 1
    finally:
        await asyncio.gather(*(connection.close() for connection in connections))
