"""Trace: the story of one order as the services' own spans tell it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.tree import Tree


class Span(msgspec.Struct, frozen=True):
    """A line of a traces file, as far as it is told."""

    trace_id: str
    span_id: str
    parent: str | None
    name: str
    service: str
    start: int
    end: int
    status: str


class Traces:
    """What the services write from now on: a stack may have written gigabytes before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._begin = {file: file.stat().st_size for file in folder.glob("*.jsonl")}

    def read(self, trace_id: str) -> Trace:
        """The spans of one trace; its id is looked for before a line is parsed."""
        wanted, decoder = trace_id.encode(), msgspec.json.Decoder(Span)
        spans = [
            decoder.decode(line)
            for file in self._folder.glob("*.jsonl")
            for line in self._new_lines(file)
            if wanted in line and line.endswith(b"\n")
        ]
        spans.sort(key=lambda it: it.start)
        return Trace([it for it in spans if it.trace_id == trace_id])

    def _new_lines(self, file: Path) -> Iterator[bytes]:
        with file.open("rb") as lines:
            lines.seek(self._begin.get(file, 0))
            yield from lines


@dataclass(frozen=True, slots=True)
class Trace:
    spans: Sequence[Span]

    @property
    def services(self) -> list[str]:
        return sorted({it.service for it in self.spans})

    def as_tree(self) -> Tree:
        """Who caused what, with the time since the trace began and how long it took."""
        below: defaultdict[str | None, list[Span]] = defaultdict(list)
        known = {it.span_id for it in self.spans}
        for it in self.spans:
            below[it.parent if it.parent in known else None].append(it)
        begin = self.spans[0].start
        tree = Tree(
            f"trace [bold]{self.spans[0].trace_id}[/]: {len(self.spans)} spans in "
            f"{', '.join(self.services)}"
        )
        _grow(tree, below[None], below, begin)
        return tree


def _grow(
    tree: Tree, spans: Iterable[Span], below: dict[str | None, list[Span]], begin: int
) -> None:
    for it in spans:
        since, took = (it.start - begin) / 1e6, (it.end - it.start) / 1e6
        branch = tree.add(
            f"[cyan]{it.service}[/] {_short(it)} [dim]+{since:,.0f} ms, {took:,.1f} ms[/]"
            + (" [red]failed[/]" if it.status == "ERROR" else "")
        )
        _grow(branch, below[it.span_id], below, begin)


def _short(it: Span) -> str:
    """A method without its package, what a service does without its name: it stands before."""
    return it.name.removeprefix(f"{it.service} ").rpartition(".")[2]
