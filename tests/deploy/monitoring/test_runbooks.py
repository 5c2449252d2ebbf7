"""What a runbook tells to type on a cluster names what there is; the rest is typed on a stack."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from deploy.monitoring.dashboards import dashboards
from libs.messaging.topics import SERVICES
from tests.deploy.kubernetes.cluster import Cluster, rendered
from tests.deploy.monitoring.runbooks import FOLDER, Command, commands

KINDS = {"hpa": "HorizontalPodAutoscaler", "scaledobject": "ScaledObject", "kafka": "Kafka"}
KINDS |= {"cluster": "Cluster", "deploy": "Deployment"}


@pytest.mark.parametrize(
    "command", [it for it in commands() if it.on_cluster], ids=lambda it: it.text
)
def test_a_command_for_a_cluster_names_what_is_there(command: Command) -> None:
    for service in SERVICES:
        assert faults(command.filled(SERVICE=service), rendered("prod-eu")) == []


@pytest.mark.parametrize(
    "text",
    [
        "kubectl -n elsewhere get kafka events",
        "kubectl -n entrepot delete kafka events",
        "kubectl -n entrepot get kafka event",
        "kubectl -n entrepot get pods -l app.kubernetes.io/name=orders",
        "kubectl -n entrepot logs -l app.kubernetes.io/component=worker",
        "kubectl -n entrepot exec deploy/order -- entrepot parked list order",
        "kubectl -n entrepot exec deploy/ledger-workers -- entrepot parked list order",
        "kubectl cnpg psql -n entrepot order -- entrepot_order -c 'select 1'",
        "kubectl cnpg psql -n entrepot order-postgres -- entrepot_ledger -c 'select 1'",
    ],
)
def test_a_command_that_names_what_is_not_there_is_noticed(text: str) -> None:
    assert faults(Command("planted", text), rendered("prod-eu"))


def faults(command: Command, cluster: Cluster) -> list[str]:
    words = command.words[1:]
    namespace = words.pop(words.index("-n") + 1)
    words.remove("-n")
    if namespace not in {it["metadata"].get("namespace") for it in cluster.manifests}:
        return [f"no namespace {namespace}"]
    match words:
        case ["get", "pods", "-l", selector] | ["logs", "-l", selector, *_]:
            return [] if _selected(cluster, selector) else [f"no pod has {selector}"]
        case ["get", kind, name]:
            return [] if _named(cluster, kind, name) else [f"no {kind} {name}"]
        case ["exec", target, "--", program, *_] if _named(cluster, *target.split("/")):
            pod = cluster.pod(target.split("/")[1])
            theirs = program == "ledger" or command.inside.split()[3] == pod.service
            return [] if theirs else [f"{pod.service} has no messages of another"]
        case ["cnpg", "psql", name, "--", database, "-c", _] if _named(cluster, "cluster", name):
            ours = urlsplit(cluster.pod(f"{name.removesuffix('-postgres')}-api").database()).path
            return [] if ours == f"/{database}" else [f"no database {database} in {name}"]
    return [f"not known: {command.text}"]


def _named(cluster: Cluster, kind: str, name: str) -> bool:
    return any(it["metadata"]["name"] == name for it in cluster.all(KINDS[kind]))


def _selected(cluster: Cluster, selector: str) -> bool:
    wanted = dict(part.split("=") for part in selector.split(","))
    return any(wanted.items() <= pod.labels.items() for pod in cluster.processes())


def test_every_runbook_has_its_four_parts_and_names_dashboards_that_there_are() -> None:
    parts = ["What it means", "How to look", "How to mend", "How to know that it is over"]
    for file in FOLDER.glob("*.md"):
        text = file.read_text()

        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == parts
        for name in re.findall(r"the dashboard `(\w+)`", text):
            assert f"{name}.json" in dashboards()


def test_every_runbook_can_be_followed_on_a_stack_and_on_a_cluster() -> None:
    of: dict[str, set[Any]] = {}
    for file in FOLDER.glob("*.md"):
        blocks = re.findall(r"```sh\n(\w+)", file.read_text())
        of[file.stem] = {"kubectl" if it == "kubectl" else "stack" for it in blocks}

    assert all(it == {"kubectl", "stack"} for it in of.values()), of
