"""aiokafka on uvloop: what is written to a connection that just broke is lost as any other.

asyncio's transports swallow such a write, until the reader notices; uvloop's raise RuntimeError.
aiokafka waits for OSError alone (its issue 1038): the task that keeps its metadata died of it, and
a client that asked for them, as everyone does after a broker's death, waited for ever.
"""

from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError, KafkaError

_send = AIOKafkaConnection.send


def break_as_expected() -> None:
    """Have every connection of aiokafka in this process say that it broke."""
    AIOKafkaConnection.send = _send_or_break


def _send_or_break(self: Any, *request: Any, **options: Any) -> Any:
    try:
        return _send(self, *request, **options)
    except KafkaError:  # Which is a RuntimeError too.
        raise
    except RuntimeError as error:
        self.close(reason=CloseReason.CONNECTION_BROKEN)
        raise KafkaConnectionError(f"connection broken: {error}") from error
