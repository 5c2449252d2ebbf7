"""Whatever a runbook tells to type is typed, on a stack that is in trouble."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import pytest

from deploy.local.home import Home
from deploy.local.process import finish
from deploy.local.stack import service_program
from libs.runtime.ids import new_id
from tests.deploy.monitoring.runbooks import Command, commands
from tests.system.evenings.played import Evenings, living_in
from tests.system.evenings.troubles import PARKED, Troubles, first
from tests.tools import TOOLS, program

pytestmark = pytest.mark.timeout(600)

ON_STACK, ON_CLUSTER = "payment", "warehouse"
"""In place of SERVICE. What is mended with one's commands is there for the other's still."""
WRONG = 1
"""How `entrepot doctor` ends when it has found something."""


@pytest.mark.parametrize(
    "command", [it for it in commands() if not it.on_cluster], ids=lambda it: it.text
)
def test_it_can_be_typed_on_a_stack(
    command: Command, evenings: Evenings, troubles: Troubles
) -> None:
    if command.words[0] == "grpcurl":
        program("grpcurl")
    asked = command.filled(**_places(evenings.home, troubles, ON_STACK))

    done = _typed(asked.text, living_in(evenings.home))

    if asked.text == "entrepot doctor":
        assert done.returncode == WRONG
        assert "runbooks/EntrepotKeysParked.md" in done.stdout
    else:
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "command",
    [it for it in commands() if it.on_cluster and " exec " in it.text],
    ids=lambda it: it.text,
)
def test_it_can_be_typed_in_a_pod_which_knows_what_its_process_knows(
    command: Command, evenings: Evenings, troubles: Troubles, tmp_path: Path
) -> None:
    asked = command.filled(**_places(evenings.home, troubles, ON_CLUSTER))
    [service] = re.findall(r"deploy/(\w+)-workers", asked.text)

    done = _typed(asked.inside, {**_environment(evenings.home, service), "HOME": str(tmp_path)})

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "command",
    [it for it in commands() if it.on_cluster and "cnpg psql" in it.text],
    ids=lambda it: it.text,
)
def test_it_can_be_asked_of_a_database(command: Command, evenings: Evenings) -> None:
    async def ask() -> list[asyncpg.Record]:
        dsn = evenings.home.load().services[ON_CLUSTER].database
        held, asking = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
        try:
            transaction = held.transaction()
            await transaction.start()
            await held.execute("select pg_current_xact_id()")
            pid = held.get_server_pid()
            sql = command.filled(SERVICE=ON_CLUSTER, PID=str(pid)).words[-1]
            return list(await asking.fetch(sql))
        finally:
            held.terminate()
            await asking.close()

    rows = finish(ask())

    assert rows or "pg_blocking_pids" in command.text


def _places(home: Home, troubles: Troubles, service: str) -> dict[str, str]:
    services = home.load().services
    return {
        "SERVICE": service,
        "NUMBER": finish(first(services[service], PARKED)),
        "ORDER": troubles.order,
        "PAYMENT": troubles.payment,
        "ADDRESS": services["payment"].address,
        "REQUEST": str(new_id()),
    }


def _environment(home: Home, service: str) -> dict[str, str]:
    """What the manifests tell a process of its service, and no stack's folder."""
    state = home.load()
    assert state.kafka is not None, "a stack that runs has a broker"
    told = service_program(
        home, service, state.services[service], kafka=state.kafka.address, argv=()
    ).environment
    names = ("DATABASE", "KAFKA", "JWKS", "ROLES", "VAULT_KEY")
    return {it: told[it] for it in (f"ENTREPOT_{name}" for name in names) if it in told}


def _typed(text: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """By a shell that finds our programs."""
    places = [Path(sys.executable).parent, TOOLS / "bin", os.environ["PATH"]]
    return subprocess.run(
        ["bash", "-c", text],
        env={**environment, "PATH": os.pathsep.join(map(str, places))},
        capture_output=True,
        text=True,
        check=False,
    )
