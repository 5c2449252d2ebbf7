"""What callers would else write again: ids, pages, batches, tokens, refusals by their status."""

import asyncio
import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc.status_pb2 import Status

from libs.client import (
    FailedPrecondition,
    Renewed,
    ResourceExhausted,
    RpcRefused,
    each,
    identified,
    pages,
    patiently,
)
from libs.client.generate import TARGET, is_safe, methods, service_config
from libs.client.tokens import expiry
from libs.contracts.catalog.v1 import catalog_service_pb2 as catalog
from libs.contracts.warehouse.v1 import warehouse_service_pb2 as warehouse
from libs.runtime.clock import ManualClock, monotonic
from libs.testing import NOW
from tests.protos import load_proto


def token(until: float) -> str:
    payload = urlsafe_b64encode(json.dumps({"exp": until}).encode()).decode().rstrip("=")
    return f"header.{payload}.signature"


class Issuer:
    """Gives tokens for ten minutes, and counts them."""

    def __init__(self, clock: ManualClock) -> None:
        self.issued = 0
        self._clock = clock

    async def __call__(self) -> str:
        await asyncio.sleep(0)
        self.issued += 1
        return token((self._clock.now() + timedelta(minutes=10)).timestamp())


async def test_many_calls_at_once_ask_for_one_token() -> None:
    clock = ManualClock(NOW)
    issuer = Issuer(clock)
    renewed = Renewed(issuer, clock=clock)

    tokens = await asyncio.gather(*(renewed() for _ in range(5)))

    assert len(set(tokens)) == issuer.issued == 1


@pytest.mark.parametrize(("minutes", "issued"), [(8, 1), (9, 2), (30, 2)])
async def test_a_token_is_renewed_a_minute_before_it_expires(minutes: int, issued: int) -> None:
    clock = ManualClock(NOW)
    issuer = Issuer(clock)
    renewed = Renewed(issuer, clock=clock)
    await renewed()

    clock.advance(timedelta(minutes=minutes))
    last = await renewed()

    assert issuer.issued == issued
    assert expiry(last) > clock.now().timestamp()


def test_a_request_gets_an_id_once() -> None:
    request = identified(catalog.RegisterMerchantRequest(merchant_id="acme"))
    first = request.request_id

    assert first
    assert identified(request).request_id == first


def test_each_item_of_a_batch_gets_an_id_of_its_own() -> None:
    items = [warehouse.StartPickingRequest(), warehouse.StartPickingRequest(request_id="mine")]

    batch = identified(warehouse.BatchStartPickingRequest(requests=items))

    first, second = (it.request_id for it in batch.requests)
    assert first not in {"", second}
    assert second == "mine"


async def test_a_long_list_reads_as_one() -> None:
    names = [f"merchants/{number}" for number in range(5)]
    asked = catalog.ListMerchantsRequest(page_size=2)

    async def answer(request: catalog.ListMerchantsRequest) -> catalog.ListMerchantsResponse:
        start = int(request.page_token or 0)
        more = start + 2 < len(names)
        return catalog.ListMerchantsResponse(
            merchants=[catalog.Merchant(name=it) for it in names[start : start + 2]],
            next_page_token=str(start + 2) if more else "",
        )

    assert [it.name async for it in pages(answer, asked)] == names
    assert asked.page_token == ""


async def test_each_request_of_a_batch_has_its_answer() -> None:
    requests = [warehouse.StartPickingRequest(name=str(number)) for number in range(3)]
    sizes = []

    async def answer(
        batch: warehouse.BatchStartPickingRequest,
    ) -> warehouse.BatchStartPickingResponse:
        sizes.append(len(batch.requests))
        refused = Status(code=grpc.StatusCode.FAILED_PRECONDITION.value[0], message="not yet")
        return warehouse.BatchStartPickingResponse(
            results=[
                warehouse.FulfilmentOrderResult(error=refused)
                if it.name == "1"
                else warehouse.FulfilmentOrderResult(
                    fulfilment_order=warehouse.FulfilmentOrder(name=it.name)
                )
                for it in batch.requests
            ]
        )

    got = [it async for it in each(answer, warehouse.BatchStartPickingRequest, requests, size=2)]

    assert sizes == [2, 1]
    assert [request.name for request, _ in got] == ["0", "1", "2"]
    assert isinstance(got[1][1], FailedPrecondition)
    assert [it.name for _, it in got[::2]] == ["0", "2"]


class Full:
    """Refuses so many times, with an advice, and then answers."""

    def __init__(self, times: int, *, advice: float | None) -> None:
        self.asked: list[object] = []
        self._times = times
        self._advice = advice

    async def __call__(self, request: object) -> str:
        self.asked.append(request)
        if len(self.asked) <= self._times:
            code = grpc.StatusCode.RESOURCE_EXHAUSTED
            raise ResourceExhausted(code, "full", retry_after_s=self._advice)
        return "answered"


async def test_the_same_request_is_sent_again_when_the_server_said_so() -> None:
    server = Full(2, advice=0.05)
    began = monotonic()

    answer = await patiently(server, "order")

    assert answer == "answered"
    assert server.asked == ["order"] * 3
    assert monotonic() - began >= 0.1


async def test_patience_ends() -> None:
    server = Full(1000, advice=0.05)

    with pytest.raises(ResourceExhausted):
        await patiently(server, "order", patience_s=0.2)

    assert 2 <= len(server.asked) <= 5


async def test_what_will_never_fit_is_not_sent_again() -> None:
    """A request that is larger than a server takes is refused without a time to come back."""
    server = Full(1, advice=None)

    with pytest.raises(ResourceExhausted):
        await patiently(server, "order")

    assert server.asked == ["order"]


@pytest.mark.parametrize("code", [it for it in grpc.StatusCode if it is not grpc.StatusCode.OK])
def test_every_status_is_a_refusal_of_its_kind(code: grpc.StatusCode) -> None:
    refused = RpcRefused.told(Status(code=code.value[0], message="no"))

    name = type(refused).__name__
    assert (refused.code, refused.message) == (code, "no")
    assert name in {"RpcRefused", code.name.title().replace("_", "")}


def test_what_is_sent_again_is_only_what_may_be() -> None:
    config: Any = service_config()  # As JSON has it.
    retried, streams, rest = config["methodConfig"]

    safe = {(it["service"], it["method"]) for it in retried["name"]}
    assert safe == {
        (it.containing_service.full_name, it.name)
        for it in methods()
        if is_safe(it) and not it.server_streaming
    }
    assert retried["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE"]
    assert "timeout" not in streams
    assert rest["name"] == [{}]
    assert "retryPolicy" not in rest


def test_the_config_is_what_the_protos_say() -> None:
    assert json.loads(TARGET.read_text()) == service_config(), "run make protos"


def test_a_write_without_an_id_would_not_be_sent_again(tmp_path: Path) -> None:
    source = tmp_path / "planted_writes.proto"
    source.write_text(
        """
        syntax = "proto3";
        package entrepot.planted_writes.v1;
        import "entrepot/common/v1/options.proto";
        service PlantedService {
          rpc Write(WriteRequest) returns (Written) {
            option (entrepot.common.v1.access) = {roles: [ROLE_OPS] scope: "noise.write"};
          }
          rpc Read(WriteRequest) returns (Written) {
            option (entrepot.common.v1.access) = {roles: [ROLE_OPS] scope: "noise.read"};
          }
        }
        message WriteRequest {
          string text = 1;
        }
        message Written {}
        """
    )

    (service,) = load_proto(source).services_by_name.values()

    assert [is_safe(it) for it in service.methods] == [False, True]
