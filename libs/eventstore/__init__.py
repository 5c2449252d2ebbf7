"""Facts and request ids in one transaction, in one order, for ever."""

from libs.eventstore.errors import (
    AlreadyExists,
    Conflict,
    Overloaded,
    RequestIdReused,
    StaleEtag,
)
from libs.eventstore.etags import unchanged
from libs.eventstore.facts import START, Mark, Recorded
from libs.eventstore.memory import MemoryRecorder
from libs.eventstore.postgres import PostgresRecorder
from libs.eventstore.store import Command, Repository, Store, Unit

__all__ = [
    "START",
    "AlreadyExists",
    "Command",
    "Conflict",
    "Mark",
    "MemoryRecorder",
    "Overloaded",
    "PostgresRecorder",
    "Recorded",
    "Repository",
    "RequestIdReused",
    "StaleEtag",
    "Store",
    "Unit",
    "unchanged",
]
