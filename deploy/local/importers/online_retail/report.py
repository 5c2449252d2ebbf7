"""Report: the closing table. What the file says and what the ledger says, class by class and month
by month, and whether they are equal to the last digit."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.local.importers.online_retail.books import Books
from deploy.local.importers.online_retail.tally import Figure, Heading, Tally


@dataclass(frozen=True, slots=True)
class Report:
    """Both sides, with what the import has to say besides."""

    file: Tally
    ledger: Books
    warnings: list[str]

    @property
    def equal(self) -> bool:
        """Each class and each month, so that two errors cannot hide each other."""
        headings = all(
            self.file.of_heading(heading).amount == self.ledger.tally.of_heading(heading).amount
            for heading in Heading
        )
        return headings and all(file == ledger for _, file, ledger in self.months())

    def classes(self) -> Iterator[tuple[Heading, Figure, Figure, int]]:
        """Heading, file, ledger, and which part of the ledger's is residue."""
        for heading in Heading:
            file, ledger = self.file.of_heading(heading), self.ledger.tally.of_heading(heading)
            if file.lines or file.amount or ledger.amount:
                yield heading, file, ledger, self.ledger.residue.of_heading(heading).amount

    def months(self) -> Iterator[tuple[str, int, int]]:
        for month in sorted({*self.file.months, *self.ledger.tally.months}):
            file, ledger = self.file.of_month(month), self.ledger.tally.of_month(month)
            yield month, file.amount, ledger.amount

    def tell(self, console: Console) -> None:
        """The table, ending in whether both sides come to the same."""
        console.print(self._table_of_classes())
        console.print(self._table_of_months())
        for warning in self.warnings:
            console.print(f"Warning: {warning}", highlight=False, markup=False)
        sign = "=" if self.equal else "≠"
        file, ledger = self.file.total.amount, self.ledger.tally.total.amount
        console.print(f"{decimal(file):,} {sign} {decimal(ledger):,}", highlight=False)

    def as_json(self) -> dict[str, Any]:  # Plain values, as json.dumps takes them.
        return {
            "equal": self.equal,
            "file": str(decimal(self.file.total.amount)),
            "ledger": str(decimal(self.ledger.tally.total.amount)),
            "lines": self.file.total.lines,
            "classes": [
                {
                    "class": str(heading),
                    "file": {"lines": file.lines, "sum": str(decimal(file.amount))},
                    "ledger": {"entries": ledger.lines, "sum": str(decimal(ledger.amount))},
                    "residue": str(decimal(residue)),
                }
                for heading, file, ledger, residue in self.classes()
            ],
            "months": [
                {"month": month, "file": str(decimal(file)), "ledger": str(decimal(ledger))}
                for month, file, ledger in self.months()
            ],
            "warnings": self.warnings,
        }

    def _table_of_classes(self) -> Table:
        table = _table(
            "class", "file:\nlines", "file:\nGBP", "ledger:\nentries", "ledger:\nGBP", "residue"
        )
        for heading, file, ledger, residue in self.classes():
            table.add_row(
                heading,
                f"{file.lines:,}",
                f"{decimal(file.amount):,}",
                f"{ledger.lines:,}",
                f"{decimal(ledger.amount):,}",
                f"{decimal(residue)}",
            )
        file, ledger = self.file.total, self.ledger.tally.total
        table.add_section()
        table.add_row(
            "total",
            f"{file.lines:,}",
            f"{decimal(file.amount):,}",
            f"{ledger.lines:,}",
            f"{decimal(ledger.amount):,}",
            f"{decimal(self.ledger.residue.total.amount)}",
        )
        return table

    def _table_of_months(self) -> Table:
        table = _table("month", "file: GBP", "ledger: GBP")
        for month, file, ledger in self.months():
            table.add_row(month, f"{decimal(file):,}", f"{decimal(ledger):,}")
        return table


def decimal(amount: int) -> Decimal:
    """Thousandths as pounds, never rounded."""
    return Decimal(amount).scaleb(-3)


def _table(first: str, *others: str) -> Table:
    table = Table()
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table
