"""Who calls: known for the length of a call to whatever it runs through."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, get_args

Role = Literal["buyer", "merchant", "creator", "finance", "ops", "service"]
ROLES: frozenset[str] = frozenset(get_args(Role))


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What a verified token says of its bearer."""

    subject: str
    """A pseudonymous id: a buyer's key, a creator's slug, a service's name."""
    roles: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] = field(default_factory=frozenset)
    merchant: str | None = None
    """The merchant that somebody with the merchant role acts for."""

    def has(self, role: Role) -> bool:
        return role in self.roles


_caller: ContextVar[Caller] = ContextVar("caller")


def caller() -> Caller:
    """Who made the call that we are in."""
    return _caller.get()


def enter_as(caller: Caller) -> None:
    """The call that this task serves is made by `caller`."""
    _caller.set(caller)


@contextmanager
def calling_as(caller: Caller) -> Iterator[None]:
    """For tests of a servicer without a server: what is inside is called by `caller`."""
    token = _caller.set(caller)
    try:
        yield
    finally:
        _caller.reset(token)
