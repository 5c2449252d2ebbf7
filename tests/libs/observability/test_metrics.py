"""Metrics are plain numbers, shown as Prometheus reads them."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from libs.observability import Metrics


def shown(metrics: Metrics) -> list[str]:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(metrics)
    return generate_latest(registry).decode().splitlines()


def test_a_counter_counts_by_its_labels() -> None:
    metrics = Metrics()
    calls = metrics.counter("entrepot_calls", "Calls.", ["code"])
    ok = calls.labels("OK")
    ok.add()
    ok.add(2)
    calls.labels("INTERNAL").add()

    assert 'entrepot_calls_total{code="OK"} 3.0' in shown(metrics)
    assert 'entrepot_calls_total{code="INTERNAL"} 1.0' in shown(metrics)
    assert calls.labels("OK") is ok


def test_a_histogram_counts_what_is_at_most_each_bound() -> None:
    metrics = Metrics()
    seconds = metrics.histogram("entrepot_seconds", "Durations.", bounds=(0.1, 1.0)).labels()
    for value in (0.05, 0.1, 0.5, 30.0):
        seconds.observe(value)

    lines = shown(metrics)
    assert 'entrepot_seconds_bucket{le="0.1"} 2.0' in lines
    assert 'entrepot_seconds_bucket{le="1.0"} 3.0' in lines
    assert 'entrepot_seconds_bucket{le="+Inf"} 4.0' in lines
    assert "entrepot_seconds_count 4.0" in lines
    assert "entrepot_seconds_sum 30.65" in lines


def test_a_gauge_is_looked_up_when_asked() -> None:
    metrics = Metrics()
    queue: list[int] = []
    metrics.gauge("entrepot_queue", "Waiting.", lambda: len(queue))
    queue.append(1)

    assert "entrepot_queue 1.0" in shown(metrics)


def test_a_gauge_may_have_a_level_for_each_label() -> None:
    metrics = Metrics()
    metrics.gauge("entrepot_lag", "Lag.", lambda: {("order", "3"): 7}, ["topic", "partition"])

    assert 'entrepot_lag{partition="3",topic="order"} 7.0' in shown(metrics)


@pytest.mark.parametrize("name", ["orders", "entrepot_orders"])
def test_a_metric_is_ours_by_name_and_declared_once(name: str) -> None:
    metrics = Metrics()
    metrics.counter("entrepot_orders", "Orders.")

    with pytest.raises(ValueError, match=name):
        metrics.counter(name, "Orders.")
