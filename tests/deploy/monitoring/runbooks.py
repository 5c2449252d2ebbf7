"""Every command of the runbooks, in the order in which somebody who is woken would type them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from deploy.monitoring.objectives import RULES

FOLDER = RULES.parents[1] / "runbooks"
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    runbook: str
    text: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text)

    @property
    def on_cluster(self) -> bool:
        return self.words[0] == "kubectl"

    @property
    def inside(self) -> str:
        """What is typed within the cluster: all that stands behind `--`."""
        return self.text.partition(" -- ")[2]

    def filled(self, **places: str) -> Command:
        """With something in place of the words in capitals, such as SERVICE."""
        text = self.text
        for place, what in places.items():
            text = text.replace(place, what)
        return Command(self.runbook, text)


def commands() -> tuple[Command, ...]:
    """Each once, where it first stands."""
    return tuple({it.text: it for it in reversed(list(_all()))}.values())[::-1]


def _all() -> Iterator[Command]:
    for file in sorted(FOLDER.glob("*.md")):
        for block in BLOCK.findall(file.read_text()):
            yield from (Command(file.stem, line) for line in block.splitlines())
