"""Long lists, page by page (AIP-158), without the caller seeing the pages."""

from collections.abc import AsyncIterator, Awaitable, Callable
from copy import copy
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

TOKEN = "next_page_token"


async def pages(method: Callable[[Any], Awaitable[Any]], request: Any) -> AsyncIterator[Any]:
    """Every item of a List method: `async for order in pages(stub.ListOrders, request)`.

    Stubs are generated, and have no common type for their requests and answers.
    """
    asked = copy(request)
    while True:
        answer = await method(asked)
        for item in getattr(answer, _items(answer)):
            yield item
        if not getattr(answer, TOKEN):
            return
        asked.page_token = getattr(answer, TOKEN)


def _items(answer: Any) -> str:
    """The one field that holds the items of a page: of messages, and repeated."""
    fields: list[FieldDescriptor] = list(answer.DESCRIPTOR.fields)
    (items,) = (it.name for it in fields if it.is_repeated and it.number == 1)
    return str(items)
