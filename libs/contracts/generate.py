"""Generate the Python of `protos` into this folder, or with `--check` say what has drifted."""

import filecmp
import importlib.resources
import re
import shutil
import sys
import tempfile
from pathlib import Path

from grpc_tools import protoc

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PROTOS = ROOT / "protos"
_OURS = re.compile(r"^(from |import )(entrepot|buf)\.", flags=re.MULTILINE)
_NAMED = re.compile(r"\b(entrepot|buf)\.((?:\w+\.)+\w+_pb2)\b")


def generate(target: Path) -> None:
    """Write modules and stubs of every proto below `target`."""
    google = importlib.resources.files("google") / ".."
    well_known = importlib.resources.files("grpc_tools") / "_proto"
    with tempfile.TemporaryDirectory() as folder:
        sources = [str(path.relative_to(PROTOS)) for path in sorted(PROTOS.rglob("*.proto"))]
        sources = [source for source in sources if not source.startswith("google/")]
        status = protoc.main(
            [
                "protoc",
                f"--proto_path={PROTOS}",
                f"--proto_path={google}",
                f"--proto_path={well_known}",
                f"--plugin={_plugin('protoc-gen-mypy')}",
                f"--plugin={_plugin('protoc-gen-mypy_grpc')}",
                f"--python_out={folder}",
                f"--mypy_out=quiet:{folder}",
                f"--grpc_python_out={folder}",
                f"--mypy_grpc_out=quiet:{folder}",
                *sources,
            ]
        )
        if status != 0:
            raise SystemExit(status)
        for path in sorted(Path(folder).rglob("*.py*")):
            place(path, folder=Path(folder), target=target)


def place(path: Path, *, folder: Path, target: Path) -> None:
    """Move one generated module to where it is imported from, with its imports to match.

    Modules of methods are placed only where there are methods.
    """
    text = path.read_text()
    if path.stem.endswith("_pb2_grpc") and "def add_" not in text:
        return
    relative = path.relative_to(folder)
    if relative.parts[0] == "entrepot":
        relative = relative.relative_to("entrepot")
    text = _OURS.sub(lambda found: f"{found[1]}{_package(found[2])}.", text)
    if path.suffix == ".pyi":
        text = _NAMED.sub(lambda found: f"{_package(found[1])}.{found[2]}", text)
        text = text.replace("libs.contracts.libs.contracts.", "libs.contracts.")
    destination = target / relative
    destination.parent.mkdir(parents=True, exist_ok=True)
    for parent in list(destination.parents):
        if parent == target:
            break
        (parent / "__init__.py").touch()
    destination.write_text(text)


def _package(name: str) -> str:
    return "libs.contracts" if name == "entrepot" else "libs.contracts.buf"


def _plugin(name: str) -> Path:
    """Beside the running Python, whether its environment is activated or not."""
    return Path(sys.executable).parent / name


def drifted() -> list[str]:
    """Names of generated files that are missing, left over or other than the protos say."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        generate(fresh)
        expected = {str(path.relative_to(fresh)) for path in fresh.rglob("*.py*")}
        present = {
            str(path.relative_to(HERE))
            for path in HERE.rglob("*.py*")
            if path.parent != HERE and "__pycache__" not in path.parts
        }
        _, changed, missing = filecmp.cmpfiles(fresh, HERE, sorted(expected), shallow=False)
        return sorted({*changed, *missing, *(present - expected)})


def main() -> None:
    if "--check" in sys.argv[1:]:
        if names := drifted():
            listing = "\n  ".join(names)
            raise SystemExit(f"generated code has drifted, run make protos:\n  {listing}")
        return
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        for old in HERE.iterdir():
            if old.is_dir() and old.name != "__pycache__":
                shutil.rmtree(old)
        shutil.copytree(folder, HERE, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
