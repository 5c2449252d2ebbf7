"""The programs that some tests need. A user may lack them; the project's own run may not."""

from __future__ import annotations

import os
import shutil

import pytest

from deploy.local.kafka_install import cache_folder

TOOLS = cache_folder() / "tools"


def program(name: str, *, made_by: str = "make tools") -> str:
    """Where it is; without it the test is skipped aloud, or fails where tools are required."""
    found = TOOLS / "bin" / name
    if found.exists():
        return str(found)
    if on_path := shutil.which(name):
        return on_path
    raise missing(name, made_by=made_by)


def models() -> str:
    """The folder of the published schemas, and node, which they are programs of."""
    if not (TOOLS / "models/node_modules/@kubernetes-models").exists():
        raise missing("@kubernetes-models")
    return str(TOOLS / "models")


def missing(name: str, *, made_by: str = "make tools") -> BaseException:
    words = f"{name} is missing: run `{made_by}`"
    if os.environ.get("ENTREPOT_TOOLS") == "required":
        return pytest.fail.Exception(words)
    return pytest.skip.Exception(words)
