"""Metrics as plain numbers: counted where things happen, read when somebody asks.

Adding to a counter is adding to an int; the Prometheus text is made only when it is fetched.
"""

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

Labels = tuple[str, ...]
Reading = float | Mapping[Labels, float]

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
"""Bounds of duration buckets, from a cached read to the longest call."""


class Counter:
    """Only ever grows."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: float = 0

    def add(self, count: float = 1) -> None:
        self.value += count


class Histogram:
    """How often values fell into each bucket."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float] = SECONDS) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


K = TypeVar("K", Counter, Histogram)


class Family(ABC, Generic[K]):
    """One metric with a child for every combination of label values seen."""

    def __init__(
        self, name: str, about: str, labels: Sequence[str] = (), *, make: Callable[[], K]
    ) -> None:
        self.name = name
        self._about = about
        self._names = labels
        self._make: Callable[[], K] = make
        self._children: dict[Labels, K] = {}

    def labels(self, *values: str) -> K:
        """The child to count with; keep it where it is used often."""
        child = self._children.get(values)
        if child is None:
            child = self._children[values] = self._make()
        return child

    def items(self) -> list[tuple[Labels, K]]:
        return list(self._children.items())

    @abstractmethod
    def read(self) -> Metric:
        """All children, as Prometheus has them."""


class Counters(Family[Counter]):
    """Counters of one name, for whoever counts before there is a `Metrics` to show them."""

    def __init__(self, name: str, about: str, labels: Sequence[str] = ()) -> None:
        super().__init__(name, about, labels, make=Counter)

    def read(self) -> Metric:
        metric = CounterMetricFamily(self.name, self._about, labels=self._names)
        for values, child in self.items():
            metric.add_metric(values, child.value)
        return metric


class Histograms(Family[Histogram]):
    """Histograms of one name, likewise."""

    def __init__(
        self,
        name: str,
        about: str,
        labels: Sequence[str] = (),
        *,
        bounds: Sequence[float] = SECONDS,
    ) -> None:
        super().__init__(name, about, labels, make=lambda: Histogram(bounds))

    def read(self) -> Metric:
        metric = HistogramMetricFamily(self.name, self._about, labels=self._names)
        for values, child in self.items():
            metric.add_metric(values, list(_cumulative(child)), child.sum)
        return metric


class Metrics(Collector):
    """The metrics of one process; whoever counts something declares it here once."""

    def __init__(self) -> None:
        self._read: dict[str, Callable[[], Metric] | None] = {}
        self._sources: list[Callable[[], Iterable[Metric]]] = []

    def counter(self, name: str, about: str, labels: Sequence[str] = ()) -> Family[Counter]:
        family = Counters(name, about, labels)
        self.show(family)
        return family

    def histogram(
        self,
        name: str,
        about: str,
        labels: Sequence[str] = (),
        *,
        bounds: Sequence[float] = SECONDS,
    ) -> Family[Histogram]:
        family = Histograms(name, about, labels, bounds=bounds)
        self.show(family)
        return family

    def show(self, family: Family[Counter] | Family[Histogram]) -> None:
        """Declare what somebody counts already."""
        self._declare(family.name, family.read)

    def source(self, names: Sequence[str], read: Callable[[], Iterable[Metric]]) -> None:
        """Levels that are found out together, if they can be found out at all."""
        for name in names:
            self._declare(name, None)
        self._sources.append(read)

    def gauge(
        self, name: str, about: str, read: Callable[[], Reading], labels: Sequence[str] = ()
    ) -> None:
        """A level that is looked up when asked for: a number, or numbers by label values."""

        def reading() -> Metric:
            metric = GaugeMetricFamily(name, about, labels=labels)
            level = read()
            by_labels = level if isinstance(level, Mapping) else {(): level}
            for values, number in by_labels.items():
                metric.add_metric(values, number)
            return metric

        self._declare(name, reading)

    def collect(self) -> Iterator[Metric]:
        for read in list(self._read.values()):
            if read is not None:
                yield read()
        for source in self._sources:
            yield from source()

    def _declare(self, name: str, read: Callable[[], Metric] | None) -> None:
        if not name.startswith("entrepot_"):
            raise ValueError(f"metrics are named entrepot_*, not {name}")
        if name in self._read:
            raise ValueError(f"metric {name} is declared twice")
        self._read[name] = read


def _cumulative(histogram: Histogram) -> Iterator[tuple[str, float]]:
    total = 0
    bounds = [*(str(bound) for bound in histogram.bounds), "+Inf"]
    for bound, count in zip(bounds, histogram.counts, strict=True):
        total += count
        yield bound, total
