"""Why a call is turned away at the door, whatever the service."""

from collections.abc import Iterable
from dataclasses import dataclass

from libs.domain import Malformed, Refusal


class Unauthenticated(Refusal):
    """It is not known who calls."""


class TokenExpired(Refusal):
    """It was known who calls, until the token expired."""


class PermissionDenied(Refusal):
    """The token lacks the role or the scope that the method asks for."""


class Overloaded(Refusal):
    """More calls are under way than can be served in time, or more than the caller's share."""

    def __init__(self, message: str, *, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(Refusal):
    """What the service needs is away; the same request may be sent again."""


class DeadlineExceeded(Refusal):
    """The call took longer than it may."""


class PageTokenInvalid(Malformed):
    """The page token was not issued for this query."""


class SubMinorAmount(Malformed):
    """An amount is finer than the minor unit of its currency."""


class AmountOutOfRange(Malformed):
    """An amount is larger than the books can hold."""


class MalformedAmount(Malformed):
    """Units and nanos contradict each other."""


class UnknownCurrency(Malformed):
    """No current ISO 4217 currency has the code."""


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with one field."""

    field: str
    description: str
    rule: str = ""


class InvalidRequest(Malformed):
    """The request is not of the form that its proto declares."""

    def __init__(
        self, message: str, violations: Iterable[Violation] = (), *, field: str = ""
    ) -> None:
        self.violations = tuple(violations)
        super().__init__(message, field=field or next((v.field for v in self.violations), ""))
