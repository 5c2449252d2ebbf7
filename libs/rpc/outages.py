"""Outages: what a caller is told while the database is away or full, which is no bug of ours."""

from libs.domain import Refusal
from libs.rpc.refusals import Overloaded, Unavailable
from libs.runtime.outages import AWAY, FULL


def outage(error: Exception) -> Refusal | None:
    """The refusal that an error of the database comes to, if it is one that passes.

    Whether a command was recorded may be unknown then; its request id finds out.
    """
    if isinstance(error, FULL):
        return Overloaded("the service has no room at present, try again later")
    if isinstance(error, AWAY):
        return Unavailable("the service is not available at present, send the same request again")
    return None
