"""What a runbook tells to type can be typed."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.local.cli import app
from deploy.monitoring.objectives import RULES

FOLDER = RULES.parents[1] / "runbooks"
COMMANDS = sorted(
    {
        line
        for file in FOLDER.glob("*.md")
        for block in re.findall(r"```sh\n(.*?)```", file.read_text(), re.DOTALL)
        for line in block.splitlines()
    }
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_known_and_takes_these_arguments(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTREPOT_HOME", str(tmp_path))
    program, *arguments = shlex.split(command)

    outcome = CliRunner().invoke(app, arguments)

    assert program == "entrepot"
    # Where no stack runs it says so; what it does not know would end with 2.
    assert outcome.exit_code == 1
    assert "no stack runs" in str(outcome.exception) or "no such log" in str(outcome.exception)
