"""A batch is many requests in one call: each has its own answer."""

from typing import Any

import pytest
from google.rpc.status_pb2 import Status

from libs.rpc import RpcRefused
from tests.libs.rpc.echo import BatchSayRequest, EchoServicer, EchoStub, SayRequest

FIRST = "6f0a1f5e-3b1c-5c0e-9d53-0e3d1b8f7a42"
SECOND = "0b9a2b44-6a58-4c4a-9b7e-6a2b5b0e8b11"


def batch(*texts: str) -> Any:
    return BatchSayRequest(
        requests=[
            SayRequest(request_id=request_id, text=text)
            for request_id, text in zip((FIRST, SECOND), texts, strict=False)
        ]
    )


def told(status: Status) -> RpcRefused:
    return RpcRefused.told(status)


async def test_results_come_in_the_order_of_the_requests(echo: EchoStub) -> None:
    answer = await echo.BatchSay(batch("one", "two"))

    assert [result.said.text for result in answer.results] == ["one", "two"]


async def test_an_item_that_is_refused_leaves_the_others_alone(
    echo: EchoStub, servicer: EchoServicer
) -> None:
    answer = await echo.BatchSay(batch("LOUD", "soft"))

    refused = told(answer.results[0].error)
    assert (refused.reason, refused.field) == ("TOO_LOUD", "requests[0].text")
    assert answer.results[1].said.text == "soft"
    assert servicer.said == ["soft"]


async def test_an_item_that_meets_a_bug_is_an_incident_of_its_own(echo: EchoStub) -> None:
    answer = await echo.BatchSay(batch("bug", "soft"))

    refused = told(answer.results[0].error)
    assert refused.reason == "INTERNAL"
    assert "Lovelace" not in str(answer)
    assert answer.results[1].said.text == "soft"


async def test_each_item_is_its_own_cause_within_one_call(echo: EchoStub) -> None:
    answer = await echo.BatchSay(batch("why", "why"))

    first, second = (result.said.text.split() for result in answer.results)
    assert first[1:] == [FIRST, "ada"]
    assert second[1:] == [SECOND, "ada"]
    assert first[0] == second[0], "one call, one correlation"


async def test_an_item_out_of_form_refuses_the_whole_batch(
    echo: EchoStub, servicer: EchoServicer
) -> None:
    """Its form is known before anything is done; so nothing is done."""
    with pytest.raises(RpcRefused) as refused:
        await echo.BatchSay(batch("fine", ""))

    assert (refused.value.reason, refused.value.field) == ("INVALID_REQUEST", "requests[1].text")
    assert servicer.said == []
