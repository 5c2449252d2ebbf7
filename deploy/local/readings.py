"""What the services' metrics say now, by name and labels."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

PATIENCE_S = 10.0


class Sample(NamedTuple):
    labels: Mapping[str, str]
    value: float


@dataclass(slots=True)
class Readings:
    """One look at every endpoint. Each sample has its `service` as Prometheus would add it."""

    samples: dict[str, list[Sample]] = field(default_factory=dict)
    silent: list[str] = field(default_factory=list)
    """Services whose endpoint did not answer."""

    def of(self, name: str, **labels: str) -> list[Sample]:
        wanted = labels.items()
        return [it for it in self.samples.get(name, ()) if wanted <= it.labels.items()]

    def total(self, name: str, **labels: str) -> float:
        return sum(it.value for it in self.of(name, **labels))

    def highest(self, name: str, **labels: str) -> float:
        return max((it.value for it in self.of(name, **labels)), default=0.0)

    def sums(self, name: str, by: str, **labels: str) -> dict[str, float]:
        found: dict[str, float] = {}
        for it in self.of(name, **labels):
            found[it.labels[by]] = found.get(it.labels[by], 0.0) + it.value
        return found

    def add(self, service: str, page: str) -> None:
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                labels = {**sample.labels, "service": service}
                self.samples.setdefault(sample.name, []).append(Sample(labels, sample.value))


async def read(endpoints: Mapping[str, str]) -> Readings:
    """Fetch `host:port` of each service, all at once."""
    pages = await asyncio.gather(*(asyncio.to_thread(_fetch, at) for at in endpoints.values()))
    readings = Readings()
    for service, page in zip(endpoints, pages, strict=True):
        if page is None:
            readings.silent.append(service)
        else:
            readings.add(service, page)
    return readings


def quantile(readings: Readings, name: str, q: float, **labels: str) -> float | None:
    """The upper bound of the bucket that the quantile falls into."""
    buckets = readings.sums(f"{name}_bucket", "le", **labels)
    return quantile_of(buckets.items(), q)


def quantile_of(buckets: Iterable[tuple[str, float]], q: float) -> float | None:
    by_bound = sorted((float(bound), count) for bound, count in buckets)
    if not by_bound or not (total := by_bound[-1][1]):
        return None
    return next(bound for bound, count in by_bound if count >= q * total)


def _fetch(address: str) -> str | None:
    try:
        with urlopen(f"http://{address}/metrics", timeout=PATIENCE_S) as answer:
            page: bytes = answer.read()
    except (URLError, OSError):
        return None
    return page.decode()
