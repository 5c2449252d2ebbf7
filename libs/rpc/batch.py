"""Batch methods (AIP-231 to AIP-235, with an answer for each item): one call, many commands."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import cache
from typing import Protocol, TypeVar

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from msgspec import structs

from libs.domain import Refusal
from libs.observability import current_traceparent
from libs.rpc.catalogue import Catalogue
from libs.rpc.failures import failure_of
from libs.runtime.cause import because, current_cause


class Request(Protocol):
    """One item of a batch: a request as it could have come alone."""

    @property
    def request_id(self) -> str: ...


Item = TypeVar("Item", bound=Request)
Result = TypeVar("Result", bound=Message)

ERROR = "error"


async def each(
    requests: Iterable[Item],
    one: Callable[[Item], Awaitable[Message]],
    *,
    result: type[Result],
) -> list[Result]:
    """Do `one` for every request, all at once; the results come in the order of the requests.

    `result` is a message with one choice: the resource, or `google.rpc.Status error`. An item
    that fails says so in its own result and leaves the others alone.
    """
    catalogue = Catalogue.of(result.DESCRIPTOR.file)
    resource = _resource_field(result.DESCRIPTOR)

    async def settle(number: int, request: Item) -> Result:
        try:
            with because(structs.replace(current_cause(), causation_id=request.request_id)):
                return result(**{resource: await one(request)})
        except Exception as error:  # Every failure has a name by the time it leaves.
            return result(**{ERROR: _status(error, number, catalogue)})

    return await asyncio.gather(
        *(settle(number, request) for number, request in enumerate(requests))
    )


def _status(error: Exception, number: int, catalogue: Catalogue) -> Status:
    if isinstance(error, Refusal) and error.field:
        error.field = f"requests[{number}].{error.field}"
    incident = f"{(current_traceparent() or '')[36:52]}-{number}"
    failure = failure_of(error, catalogue, incident=incident)
    failure.report()
    return failure.status


@cache
def _resource_field(result: Descriptor) -> str:
    (choice,) = result.oneofs
    (resource,) = (field.name for field in choice.fields if field.name != ERROR)
    return resource
