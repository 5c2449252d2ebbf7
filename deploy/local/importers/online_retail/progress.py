"""Progress: how far an import came. Only a shortcut: without it the same requests are sent again,
and nothing is added twice."""

from datetime import date
from pathlib import Path

import msgspec

from deploy.local.home import Home, write_private


class Progress(msgspec.Struct):
    """The last day that was played to its end, and the last day whose prices are published."""

    played: date = date.min
    priced: date = date.min


class ProgressFile:
    def __init__(self, home: Home, digest: str) -> None:
        self._path: Path = home.run / f"import-{digest[:16]}.json"

    def load(self) -> Progress:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Progress)
        except FileNotFoundError:
            return Progress()

    def save(self, progress: Progress) -> None:
        write_private(self._path, msgspec.json.encode(progress))

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)
