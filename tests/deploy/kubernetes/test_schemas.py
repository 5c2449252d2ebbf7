"""Every manifest is what its API takes, to the last field."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import jsonschema
import kubernetes_validate  # type: ignore[import-untyped] # ships no types
import pytest

from tests.deploy.kubernetes.cluster import OVERLAYS, Cluster, Manifest, rendered
from tests.tools import models, program

OLDEST = "1.34"
"""The first release in which all that the manifests use is there to stay."""

HERE = Path(__file__).parent
OBJECT_STORE = json.loads((HERE / "objectstore.schema.json").read_text())


def built_in(cluster: Cluster) -> list[Manifest]:
    groups = ("", "apps", "autoscaling", "batch", "policy")
    return [
        it
        for it in cluster.manifests
        if (group := it["apiVersion"].rpartition("/")[0]) in groups or group.endswith(".k8s.io")
    ]


def custom(cluster: Cluster) -> list[Manifest]:
    ours = built_in(cluster)
    return [it for it in cluster.manifests if it not in ours and it["kind"] != "ObjectStore"]


def faults(manifests: Sequence[Manifest]) -> dict[str, list[str]]:
    """What the published validators say of custom resources."""
    run = subprocess.run(
        [program("node"), HERE / "validate.mjs", models()],
        input=json.dumps(manifests),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, list[str]] = json.loads(run.stdout)
    return found


def test_kubernetes_takes_what_is_its_own() -> None:
    """Each manifest once, however many overlays have it: this takes its time."""
    distinct = {json.dumps(it): it for name in OVERLAYS for it in built_in(rendered(name))}

    for manifest in distinct.values():
        kubernetes_validate.validate(manifest, OLDEST, strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_operators_take_what_is_theirs(overlay: str) -> None:
    assert faults(custom(rendered(overlay))) == {}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_backups_have_a_place(overlay: str) -> None:
    for store in rendered(overlay).all("ObjectStore"):
        jsonschema.validate(store, OBJECT_STORE)


KINDS = [
    "Certificate",
    "Cluster",
    "ExternalSecret",
    "Issuer",
    "Kafka",
    "KafkaNodePool",
    "KafkaTopic",
    "KafkaUser",
    "PodMonitor",
    "PrometheusRule",
    "ScaledObject",
    "ScheduledBackup",
    "SecretStore",
    "TriggerAuthentication",
]


def test_no_kind_goes_unseen() -> None:
    assert {it["kind"] for it in custom(rendered("prod-eu"))} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_misspelt_field_of_an_operator_is_noticed(kind: str) -> None:
    manifest = rendered("prod-eu").altered().all(kind)[0]
    field = next(iter(manifest["spec"]))

    manifest["spec"][f"{field}z"] = manifest["spec"].pop(field)

    assert faults([manifest])


def test_a_misspelt_field_far_down_is_noticed() -> None:
    manifest = rendered("prod-eu").altered().one("Cluster", "order-postgres")
    synchronous = manifest["spec"]["postgresql"]["synchronous"]

    synchronous["dataDurabilty"] = synchronous.pop("dataDurability")

    assert faults([manifest]) == {
        "Cluster order-postgres": ["spec.postgresql.synchronous.dataDurabilty is unknown"]
    }


@pytest.mark.parametrize("kind", ["Deployment", "NetworkPolicy", "CronJob"])
def test_a_misspelt_field_of_kubernetes_is_noticed(kind: str) -> None:
    manifest = rendered("prod-eu").altered().all(kind)[0]

    manifest["spec"]["polisyTypes"] = []

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifest, OLDEST, strict=True)


def test_backups_in_the_clear_are_noticed() -> None:
    [store] = rendered("dev").altered().all("ObjectStore")

    store["spec"]["configuration"]["endpointURL"] = "http://object-store"

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(store, OBJECT_STORE)
