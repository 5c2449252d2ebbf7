"""A process set up to be watched."""

import asyncio
import logging
import socket
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import grpc
import orjson
import pytest
import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)

from libs.observability import Metrics, setup, span
from libs.observability.exporters import exporter_to
from libs.observability.lag import LoopLag


def test_spans_go_to_a_file_one_to_a_line(tmp_path: Path) -> None:
    path = tmp_path / "traces" / "order.jsonl"
    telemetry = setup("order", traces=f"file:{path}")
    with span("PlaceOrder", attributes={"lines": 2}) as outer, span("append") as inner:
        inner.failed("CONFLICT")

    telemetry.shutdown()

    append, place = (orjson.loads(line) for line in path.read_bytes().splitlines())
    assert append["parent"] == place["span_id"] == outer.span_id
    assert append["trace_id"] == place["trace_id"] == outer.trace_id
    assert (append["status"], append["reason"]) == ("ERROR", "CONFLICT")
    assert place["name"] == "PlaceOrder"
    assert place["kind"] == "INTERNAL"
    assert place["service"] == "order"
    assert place["parent"] is None
    assert place["attributes"] == {"lines": 2}
    assert place["start"] <= append["start"] <= append["end"] <= place["end"]


class Collector(TraceServiceServicer):
    """Takes spans as any collector does, and keeps them by trace: names by service."""

    def __init__(self) -> None:
        self.traces: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)

    def Export(self, request: Any, context: object) -> ExportTraceServiceResponse:
        for of_service in request.resource_spans:
            attributes = {it.key: it.value.string_value for it in of_service.resource.attributes}
            for scope in of_service.scope_spans:
                for it in scope.spans:
                    names = self.traces[it.trace_id.hex()]
                    names.setdefault(attributes["service.name"], []).append(it.name)
        return ExportTraceServiceResponse()


def test_spans_of_several_services_come_to_a_collector_as_one_trace() -> None:
    collector = Collector()
    server = grpc.server(ThreadPoolExecutor(1))
    add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call]
    address = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()

    order = setup("order", traces=address)
    with span("PlaceOrder") as placed:
        pass
    order.shutdown()
    warehouse = setup("warehouse", traces=address)
    with span("warehouse follows OrderPlaced", parent=placed.traceparent):
        pass
    warehouse.shutdown()
    server.stop(None).wait()

    assert collector.traces == {
        placed.trace_id: {
            "order": ["PlaceOrder"],
            "warehouse": ["warehouse follows OrderPlaced"],
        }
    }


def test_a_file_of_spans_is_added_to(tmp_path: Path) -> None:
    path = tmp_path / "order.jsonl"
    for _ in range(2):
        telemetry = setup("order", traces=f"file:{path}")
        with span("PlaceOrder"):
            pass
        telemetry.shutdown()

    assert len(path.read_bytes().splitlines()) == 2


def test_after_shutdown_nothing_is_recorded(tmp_path: Path) -> None:
    telemetry = setup("order", traces=f"file:{tmp_path / 'order.jsonl'}")
    telemetry.shutdown()

    with span("PlaceOrder") as one:
        assert one.traceparent.endswith("-00")


def test_traces_go_nowhere_that_is_not_known() -> None:
    with pytest.raises(ValueError, match="ftp"):
        exporter_to("ftp://elsewhere")


def test_metrics_are_served_where_the_settings_say() -> None:
    telemetry = setup("order", metrics="127.0.0.1:0")
    placed = telemetry.metrics.counter("entrepot_orders_placed", "Orders placed.", ["market"])
    placed.labels("GB").add(3)

    with urlopen(f"http://{telemetry.metrics_address}/metrics") as page:
        text = page.read().decode()
    telemetry.shutdown()

    assert 'entrepot_orders_placed_total{market="GB"} 3.0' in text
    assert "entrepot_loop_lag_seconds" in text
    assert "process_resident_memory_bytes" in text
    address, port = str(telemetry.metrics_address).split(":")
    with socket.socket() as probe:
        assert probe.connect_ex((address, int(port))) != 0, "the endpoint is closed"


async def test_a_loop_that_is_held_up_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.observability.lag.PERIOD_S", 0.01)
    metrics = Metrics()
    lag = LoopLag(metrics)
    loop = asyncio.get_running_loop()

    lag.watch(loop)
    held_until = loop.time() + 0.06
    while loop.time() < held_until:
        pass
    later = loop.create_future()
    loop.call_later(0.03, later.set_result, None)
    await later
    lag.stop()

    levels = {metric.name: metric.samples[0].value for metric in metrics.collect()}
    assert levels["entrepot_loop_lag_seconds_max"] >= 0.04
    assert levels["entrepot_loop_lag_seconds"] < levels["entrepot_loop_lag_seconds_max"]


def test_our_lines_and_those_of_libraries_are_json(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    setup("order", log_level="info")
    structlog.contextvars.bind_contextvars(trace_id="7")
    structlog.get_logger().info("order_placed", order_id="o-1", lines=2)
    structlog.get_logger().debug("not_asked_for")
    logging.getLogger("aiokafka").warning("broker %s is gone", 3)

    ours, theirs = (orjson.loads(line) for line in capfdbinary.readouterr().out.splitlines())

    assert ours["event"] == "order_placed"
    assert (ours["level"], ours["service"], ours["trace_id"]) == ("info", "order", "7")
    assert ours["lines"] == 2
    assert theirs["event"] == "broker 3 is gone"
    assert (theirs["level"], theirs["logger"], theirs["service"]) == (
        "warning",
        "aiokafka",
        "order",
    )
