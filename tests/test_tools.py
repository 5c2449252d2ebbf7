"""A check is left out only where a user's machine cannot do it, never in the project's own run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tools import program

TESTS = Path(__file__).parent
OF_THE_MACHINE = re.compile(r"sys\.platform|geteuid|/proc/")
"""What no tool could mend: another system, or another user."""


def test_a_missing_tool_leaves_a_check_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENTREPOT_TOOLS", raising=False)

    with pytest.raises(pytest.skip.Exception, match="no-such-tool is missing: run `make it`"):
        program("no-such-tool", made_by="make it")


def test_a_missing_tool_fails_where_tools_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_TOOLS", "required")

    with pytest.raises(pytest.fail.Exception, match="no-such-tool is missing"):
        program("no-such-tool")


def test_nobody_leaves_a_check_out_for_want_of_a_tool_but_by_this() -> None:
    files = set(TESTS.rglob("*.py")) - {TESTS / "tools.py", Path(__file__)}

    skips = {
        (file.name, skip)
        for file in files
        for skip in re.findall(r"(?:skipif\(|importorskip|pytest\.skip\b).*\n?.*", file.read_text())
    }

    assert skips
    assert [it for it in skips if not OF_THE_MACHINE.search(it[1])] == []
