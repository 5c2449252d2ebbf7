"""Ids by which a request can be sent again without being carried out twice."""

from typing import Any, TypeVar

from google.protobuf.message import Message

from libs.runtime.ids import new_id

M = TypeVar("M", bound=Message)


def identified(request: M) -> M:
    """The request with an id where it has none, and so each item of a batch.

    Keep the message, and send the same one again after a timeout: the second time returns the
    first answer.
    """
    fields = request.DESCRIPTOR.fields_by_name
    written: Any = request  # Its fields are known to its descriptor only.
    if "request_id" in fields and not written.request_id:
        written.request_id = str(new_id())
    if "requests" in fields:
        for item in written.requests:
            identified(item)
    return request
