"""Who may know of whom: the contracts of pyproject.toml hold, and would be seen to break."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

LINT = Path(sys.executable).with_name("lint-imports")

MODULES = """
libs/domain/aggregate libs/money/money libs/books/entries libs/contracts/pb2 libs/eventstore/store
libs/messaging/relay libs/observability/logs libs/rpc/server
services/order/__main__ services/order/wiring services/order/servicer services/order/policies
services/order/publishing services/order/readmodel services/order/app services/order/commands
services/order/domain services/payment/domain/payment services/payment/commands
deploy/local/stack
""".split()


def lint(folder: Path) -> str:
    """What import-linter says of a tree under our contracts."""
    done = subprocess.run(
        [LINT, "--config", ROOT / "pyproject.toml", "--no-cache", "--no-logo"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A tree of empty modules, shaped like ours."""
    for module in MODULES:
        path = tmp_path / f"{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        for folder in list(path.relative_to(tmp_path).parents)[:-1]:
            (tmp_path / folder / "__init__.py").touch()
    return tmp_path


def test_the_contracts_hold() -> None:
    assert "0 broken" in lint(ROOT)


def test_a_tree_without_a_breach_is_fine(planted: Path) -> None:
    assert "0 broken" in lint(planted)


LIBS = "Libs know no service"
DEPLOYMENT = "Services know nothing of where they run"
SERVICES = "Services are independent of each other"
LAYERS = "Within a service, what decides knows nothing of what surrounds it"
PURE = "Domain, money and books know no transport, store or telemetry"


@pytest.mark.parametrize(
    ("module", "imported", "contract"),
    [
        ("libs/messaging/relay", "services.order.commands", LIBS),
        ("libs/rpc/server", "deploy.local.stack", LIBS),
        ("services/order/wiring", "deploy.local.stack", DEPLOYMENT),
        ("services/order/policies", "services.payment.commands", SERVICES),
        ("services/order/domain", "services.payment.domain.payment", SERVICES),
        ("services/order/servicer", "services.order.wiring", LAYERS),
        ("services/order/app", "services.order.servicer", LAYERS),
        ("services/order/policies", "services.order.servicer", LAYERS),
        ("services/order/publishing", "services.order.policies", LAYERS),
        ("services/order/readmodel", "services.order.publishing", LAYERS),
        ("services/order/readmodel", "services.order.app", LAYERS),
        ("services/order/app", "services.order.readmodel", LAYERS),
        ("services/order/commands", "services.order.app", LAYERS),
        ("services/order/domain", "services.order.commands", LAYERS),
        ("services/order/domain", "asyncpg", PURE),
        ("services/payment/domain/payment", "google.protobuf", PURE),
        ("libs/domain/aggregate", "structlog", PURE),
        ("libs/money/money", "aiokafka", PURE),
        ("libs/books/entries", "grpc", PURE),
        ("libs/domain/aggregate", "opentelemetry.trace", PURE),
        ("services/order/domain", "libs.contracts.pb2", PURE),
        ("services/order/domain", "libs.eventstore.store", PURE),
    ],
)
def test_a_breach_is_seen(planted: Path, module: str, imported: str, contract: str) -> None:
    (planted / f"{module}.py").write_text(f"import {imported}\n")

    assert f"{contract} BROKEN" in lint(planted)


def test_a_breach_by_way_of_another_module_is_seen(planted: Path) -> None:
    (planted / "libs/money/money.py").write_text("import libs.rpc.server\n")
    (planted / "services/order/domain.py").write_text("import libs.money.money\n")

    assert f"{PURE} BROKEN" in lint(planted)
