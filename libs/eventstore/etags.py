"""What a caller decided on, and what is."""

from typing import TypeVar

from libs.domain import Aggregate
from libs.eventstore.errors import StaleEtag

A = TypeVar("A", bound=Aggregate)


def unchanged(aggregate: A, etag: str) -> A:
    """The aggregate, if it is still the version that the caller saw, or they do not mind."""
    if etag and etag != str(aggregate.version):
        raise StaleEtag("it has changed since it was read; read it again", field="etag")
    return aggregate
