"""Trace: the story of one order as the services' own spans tell it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
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


@dataclass(frozen=True, slots=True)
class Trace:
    spans: Sequence[Span]

    @staticmethod
    def read(folder: Path, trace_id: str) -> Trace:
        """Every file's lines of this trace; the id is looked for before a line is parsed."""
        wanted, decoder = trace_id.encode(), msgspec.json.Decoder(Span)
        found = [
            decoder.decode(line)
            for file in sorted(folder.glob("*.jsonl"))
            for line in file.read_bytes().splitlines()
            if wanted in line
        ]
        return Trace(
            sorted((it for it in found if it.trace_id == trace_id), key=lambda it: it.start)
        )

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
