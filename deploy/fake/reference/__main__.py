"""`python -m deploy.fake.reference`: write it, or with `--check` say what has drifted."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.fake.reference.play import play
from deploy.fake.reference.render import pages

TARGET = Path(__file__).parents[3] / "protos" / "reference"


def main() -> None:
    written = pages(asyncio.run(play()))
    if "--check" not in sys.argv[1:]:
        TARGET.mkdir(exist_ok=True)
        for name, text in written.items():
            (TARGET / name).write_text(text)
        return
    if names := drifted(written):
        listing = "\n  ".join(names)
        raise SystemExit(f"the reference has drifted, run make reference:\n  {listing}")


def drifted(written: Mapping[str, str]) -> list[str]:
    """Names of the files that are missing, or other than what was written now."""
    return [name for name, text in written.items() if _present(name) != text]


def _present(name: str) -> str | None:
    path = TARGET / name
    return path.read_text() if path.exists() else None


if __name__ == "__main__":
    main()
