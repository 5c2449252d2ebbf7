"""Makes `entrepot_client` of what lies in this repository, under names of its own.

`libs.client` is what its users call `entrepot_client`, and what it stands on comes along: nothing
is kept twice, and nothing else of the repository is in the wheel.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LIBS = Path(__file__).parents[2] / "libs"
CLIENT = LIBS / "client"
PACKAGE = "entrepot_client"
RENAMED = {
    "libs.client": PACKAGE,
    "libs.contracts": f"{PACKAGE}.contracts",
    "libs.runtime": f"{PACKAGE}.runtime",
}
OURS_ALONE = {"generate.py"}
"""It reads descriptors, and writes what the wheel then has."""


class PackagingHook(BuildHookInterface[Any]):  # type: ignore[misc] # only there when it builds
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        self._made = TemporaryDirectory(prefix="entrepot-client-")
        folder = Path(self._made.name)
        for source, target in contents():
            path = folder / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(renamed(source.read_text()))
            build_data["force_include"][str(path)] = f"{PACKAGE}/{target}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        self._made.cleanup()


def contents() -> list[tuple[Path, str]]:
    """Each file with its place in the package."""
    client = [it for it in CLIENT.iterdir() if it.suffix in {".py", ".json", ".typed"}]
    contracts = [it for it in (LIBS / "contracts").rglob("*") if it.suffix in {".py", ".pyi"}]
    runtime = [LIBS / "runtime" / f"{name}.py" for name in ("__init__", "clock", "ids", "waiting")]
    return [
        *((it, it.name) for it in client if it.name not in OURS_ALONE),
        *(
            (it, str(it.relative_to(LIBS)))
            for it in (*contracts, *runtime)
            if it.name not in OURS_ALONE
        ),
    ]


def renamed(text: str) -> str:
    for ours, theirs in RENAMED.items():
        text = text.replace(ours, theirs)
    return text
