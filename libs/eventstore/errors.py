"""How the store refuses."""

from libs.domain import Refusal


class RequestIdReused(Refusal):
    """A request id came back with other contents; it names the first request for ever."""


class AlreadyExists(Refusal):
    """What the command would create is there already."""


class StaleEtag(Refusal):
    """The caller decided on a state that is no longer the present one."""


class Conflict(Refusal):
    """Others kept changing the same thing; nothing was recorded, send the same request again."""


class Overloaded(Refusal):
    """More commands are waiting than can be served in time; nothing was recorded."""
