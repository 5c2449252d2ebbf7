"""What the manifests say of the code is what the code says of itself."""

from __future__ import annotations

import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import pytest

from deploy.kubernetes.generate import follows_by, written
from deploy.local.postgres import PostgresServer
from libs.messaging.topics import SERVICES, TOPICS
from libs.rpc.server import LIVE, READY
from libs.runtime.settings import ALL_ROLES, Role, Settings
from tests.deploy.kubernetes.cluster import OVERLAYS, PRODUCTION, Cluster, Manifest, Pod, rendered

VERSION = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"][
    "version"
]


def settings_of(pod: Pod, cluster: Cluster) -> dict[str, str]:
    """The environment of a process, with what it takes from maps put in."""
    return {name: value_of(it, cluster) for name, it in pod.env.items()}


def value_of(variable: Manifest, cluster: Cluster) -> str:
    if "value" in variable:
        return str(variable["value"])
    reference = variable["valueFrom"]["configMapKeyRef"]
    return str(cluster.one("ConfigMap", reference["name"])["data"][reference["key"]])


def test_what_is_generated_is_what_the_code_says(postgres: PostgresServer) -> None:
    stale = [
        path.name
        for path, text in written(follows_by(postgres)).items()
        if not path.exists() or path.read_text() != text
    ]

    assert stale == [], "run `make manifests`"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_variable_is_a_setting_that_the_process_takes(
    overlay: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {f"ENTREPOT_{name.upper()}" for name in Settings.model_fields}
    cluster = rendered(overlay)
    for pod in cluster.processes():
        environment = settings_of(pod, cluster)
        with monkeypatch.context() as patched:
            for name, value in environment.items():
                patched.setenv(name, value)
            settings = Settings()

        assert environment.keys() <= known
        assert {it.strip() for it in settings.roles.split(",")} <= set(get_args(Role))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_api_and_workers_share_all_roles_between_them(overlay: str) -> None:
    cluster = rendered(overlay)
    for service in SERVICES:
        roles = [
            cluster.pod(f"{service}-{it}").env["ENTREPOT_ROLES"]["value"].split(",")
            for it in ("api", "workers")
        ]

        assert sorted(roles[0] + roles[1]) == sorted(ALL_ROLES.split(","))
        assert roles[0] == ["api"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_port_is_one_that_the_process_opens(overlay: str) -> None:
    opened = {"grpc": "ENTREPOT_LISTEN", "health": "ENTREPOT_HEALTH", "metrics": "ENTREPOT_METRICS"}
    cluster = rendered(overlay)
    for pod in cluster.processes():
        environment = settings_of(pod, cluster)
        said = {it["name"]: it["containerPort"] for it in pod.main["ports"]}

        assert said == {
            name: int(environment[variable].rpartition(":")[2])
            for name, variable in opened.items()
            if variable in environment
        }
        assert ("grpc" in said) == (pod.component == "api")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_probe_asks_for_a_name_that_is_answered(overlay: str) -> None:
    for pod in rendered(overlay).processes():
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert pod.main[probe]["grpc"]["service"] in (LIVE, READY)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_file_that_is_named_is_mounted(overlay: str) -> None:
    cluster = rendered(overlay)
    for pod in cluster.processes():
        for name, value in settings_of(pod, cluster).items():
            if value.startswith("/"):
                assert any(value.startswith(it) for it in pod.mounts), f"{pod.name}: {name}"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_key_of_the_vault_goes_to_order_alone(overlay: str) -> None:
    having = {it.service for it in rendered(overlay).processes() if "ENTREPOT_VAULT_KEY" in it.env}

    assert having == {"order"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_program_exists(overlay: str) -> None:
    for pod in rendered(overlay).pods():
        for container in pod.containers:
            python, option, module, *_ = container["args"]

            assert (python, option) == ("python", "-m")
            assert find_spec(module) is not None, module


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_topics_are_the_ones_that_the_local_stack_has(overlay: str) -> None:
    topics = rendered(overlay).all("KafkaTopic")

    assert {it["metadata"]["name"]: it["spec"]["partitions"] for it in topics} == {
        it.name: it.partitions for it in TOPICS
    }
    for topic in topics:
        assert topic["spec"]["config"].items() >= TOPICS[0].settings.items()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_workers_scale_by_what_their_user_may_read(overlay: str) -> None:
    cluster = rendered(overlay)
    for service in SERVICES:
        scaler = cluster.one("ScaledObject", f"{service}-workers")["spec"]
        user = cluster.one("KafkaUser", f"{service}-kafka")["spec"]["authorization"]

        assert {it["metadata"]["topic"] for it in scaler["triggers"]} == {
            it["resource"]["name"]
            for it in user["acls"]
            if it["resource"]["type"] == "topic" and "Read" in it["operations"]
        }


@pytest.mark.parametrize("overlay", [it for it in OVERLAYS if it != "dev"])
def test_the_image_is_this_version(overlay: str) -> None:
    for pod in rendered(overlay).pods():
        assert pod.main["image"].rpartition(":")[2] == VERSION


def places(overlay: str) -> dict[str, str]:
    cluster = rendered(overlay)
    store, secrets = cluster.one("ObjectStore", "backups"), cluster.one("SecretStore", "entrepot")
    [settings] = [
        it for it in cluster.all("ConfigMap") if it["metadata"]["name"].startswith("settings-")
    ]
    return {
        "backups": store["spec"]["configuration"]["destinationPath"],
        "keys": secrets["spec"]["provider"]["vault"]["path"],
        "tokens": settings["data"]["issuer"],
    }


def test_regions_share_neither_backups_nor_keys_nor_tokens() -> None:
    found = [places(it) for it in (*PRODUCTION, "staging")]

    for what in ("backups", "keys", "tokens"):
        assert len({it[what] for it in found}) == len(found), what


def regions(spec: Manifest) -> frozenset[str]:
    required = spec["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    [term] = required["nodeSelectorTerms"]
    [expression] = term["matchExpressions"]
    assert (expression["key"], expression["operator"]) == ("topology.kubernetes.io/region", "In")
    return frozenset(expression["values"])


@pytest.mark.parametrize("overlay", PRODUCTION)
def test_whatever_holds_data_stays_in_its_region(overlay: str) -> None:
    cluster = rendered(overlay)
    where = {
        *(regions(it.spec["affinity"]) for it in cluster.processes()),
        *(regions(it["spec"]["affinity"]) for it in cluster.all("Cluster")),
        *(
            regions(it["spec"]["kafka"]["template"]["pod"]["affinity"])
            for it in cluster.all("Kafka")
        ),
    }

    assert len(where) == 1
    others = [rendered(it).processes()[0] for it in PRODUCTION if it != overlay]
    for other in others:
        assert not next(iter(where)) & regions(other.spec["affinity"])


@pytest.mark.parametrize("overlay", PRODUCTION)
def test_production_loses_no_commit_with_a_machine(overlay: str) -> None:
    for it in rendered(overlay).all("Cluster"):
        assert it["spec"]["instances"] >= 3
        assert it["spec"]["postgresql"]["synchronous"]["dataDurability"] == "required"
    for it in rendered(overlay).all("KafkaTopic"):
        assert it["spec"]["replicas"] == 3
        assert it["spec"]["config"]["min.insync.replicas"] == "2"
