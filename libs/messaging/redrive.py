"""Giving a parked key another try, in order."""

from libs.messaging.dispatch import Dispatch
from libs.messaging.parking import Parking


async def redrive(parking: Parking, dispatch: Dispatch, topic: str, key: bytes) -> int:
    """Carry out what is parked under a key until one fails; returns how many succeeded.

    Messages that come meanwhile are parked behind; so it looks again until nothing is left.
    """
    done = 0
    while waiting := await parking.parked(topic, key):
        for parked in waiting:
            try:
                await dispatch.carry_out(parked.message)
            except Exception as error:
                await parking.failed(parked.id, f"{type(error).__name__}: {error}")
                return done
            await parking.handled(parked.id)
            done += 1
    return done
