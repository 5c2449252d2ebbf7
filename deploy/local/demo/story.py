"""Story: how the evening is told, so that a person can follow it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from deploy.local.demo.books import Posting


class Story:
    def __init__(self, console: Console) -> None:
        self.console = console

    def act(self, title: str, when: datetime) -> None:
        """A new act begins, on this day of business time."""
        self.console.print()
        self.console.print(Rule(f"[bold]{title}[/]  [dim]{when:%A %d %B %Y, %H:%M} UTC[/]"))

    def tell(self, what: str) -> None:
        self.console.print()
        paragraph = Table.grid("", "", padding=(0, 1, 0, 0))
        paragraph.add_row("[bold cyan]>[/]", what)
        self.console.print(paragraph)

    def aside(self, what: str) -> None:
        self.console.print(Padding(f"[dim]{what}[/]", (0, 0, 0, 2)))

    def books(self, postings: Sequence[Posting]) -> None:
        """What it did to the books: each entry by its rule, left and right."""
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(style="green", no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(ratio=1)
        table.add_column(ratio=1)
        for it in postings:
            debit, credit = (Text(f"{side} ", style="dim") for side in ("D", "C"))
            debit.append(", ".join(it.debits), style="not dim")
            credit.append(", ".join(it.credits), style="not dim")
            table.add_row(it.rule, it.unit, debit, credit)
        self.show(table)

    def nothing_in_the_books(self, why: str) -> None:
        self.show(f"[green]nothing in the books[/]: {why}")

    def show(self, what: RenderableType) -> None:
        self.console.print(Padding(what, (0, 0, 0, 4)))
