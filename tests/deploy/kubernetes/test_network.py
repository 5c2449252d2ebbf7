"""Exactly these flows exist, and everything else is refused at both ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from libs.messaging.topics import SERVICES
from tests.deploy.kubernetes.cluster import OVERLAYS, Cluster, Manifest, rendered
from tests.deploy.kubernetes.policies import selects


@dataclass(frozen=True, slots=True)
class Flow:
    source: str
    target: str
    port: int


def expected() -> set[Flow]:
    """Why each of them is: the arrows that the code draws, and those of the operators."""
    flows = set()
    for service in SERVICES:
        api, workers = f"{service}-api", f"{service}-workers"
        migration, database = f"{service}-migration", f"{service}-postgres"
        flows |= {
            Flow("namespace entrepot.dev/calls=true", api, 8080),
            Flow(workers, "events-kafka", 9093),
            Flow("namespace cnpg-system", database, 8000),
            Flow("namespace cnpg-system", database, 5432),
            Flow("namespace monitoring", database, 9187),
            Flow(database, database, 5432),
            *(Flow(it, database, 5432) for it in (api, workers, migration)),
            *(Flow(it, "namespace observability", 4317) for it in (api, workers)),
            *(Flow("namespace monitoring", it, 9090) for it in (api, workers)),
            *(Flow(database, "anywhere", port) for port in (443, 6443)),
        }
    restored = "ledger-restored"
    flows |= {
        Flow("ledger-restore-check", restored, 5432),
        Flow("namespace cnpg-system", restored, 8000),
        Flow("namespace cnpg-system", restored, 5432),
        *(Flow(a, b, port) for a in KAFKA for b in KAFKA for port in (9090, 9091)),
        *(
            Flow(it, "anywhere", port)
            for it in (*KAFKA, restored, "ledger-restore-check")
            for port in (443, 6443)
        ),
    }
    return flows | {Flow(it, "namespace kube-system", 53) for it in entities_of_ours()}


KAFKA = ("events-kafka", "events-entity-operator")


def entities_of_ours() -> dict[str, dict[str, str]]:
    """Whatever has an address in the namespace, with the labels that policies see."""
    found: dict[str, dict[str, str]] = {
        it: {"strimzi.io/cluster": "events", "strimzi.io/name": it} for it in KAFKA
    }
    for service in SERVICES:
        found[f"{service}-postgres"] = {"cnpg.io/cluster": f"{service}-postgres"}
        for component in ("api", "workers", "migration"):
            found[f"{service}-{component}"] = {
                "app.kubernetes.io/name": service,
                "app.kubernetes.io/component": component,
            }
    found["ledger-restored"] = {"cnpg.io/cluster": "ledger-restored"}
    found["ledger-restore-check"] = {
        "app.kubernetes.io/name": "ledger",
        "app.kubernetes.io/component": "restore-check",
    }
    return found


def allowed(cluster: Cluster, direction: str) -> set[Flow]:
    """The flows that policies allow, as seen from the end that they are about."""
    flows = set()
    for policy in cluster.all("NetworkPolicy"):
        spec = policy["spec"]
        if direction not in spec["policyTypes"]:
            assert direction.lower() not in spec, "a rule without its type has no effect"
            continue
        for rule in spec.get(direction.lower(), []):
            for peer in peers(rule.get("to" if direction == "Egress" else "from")):
                for port in rule["ports"]:
                    for it, labels in entities_of_ours().items():
                        if selects(spec["podSelector"], labels):
                            ends = (it, peer) if direction == "Egress" else (peer, it)
                            flows.add(Flow(*ends, port["port"]))
    return flows


def peers(selectors: list[Manifest] | None) -> Iterator[str]:
    if not selectors:
        yield "anywhere"
    for it in selectors or []:
        if "namespaceSelector" in it:
            [(key, value)] = it["namespaceSelector"]["matchLabels"].items()
            yield f"namespace {value if key == 'kubernetes.io/metadata.name' else f'{key}={value}'}"
        else:
            assert it.keys() == {"podSelector"}, f"addresses are not names: {it}"
            yield from (
                name
                for name, labels in entities_of_ours().items()
                if selects(it["podSelector"], labels)
            )


def denies_by_default(cluster: Cluster) -> bool:
    return any(
        it["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        for it in cluster.all("NetworkPolicy")
    )


def at_both_ends(cluster: Cluster) -> tuple[set[Flow], set[Flow]]:
    ours = entities_of_ours().keys()
    # Who may come to Kafka is a rule that Strimzi writes, from the peers of its listener.
    out = {it for it in expected() if it.source in ours}
    into = {it for it in expected() if it.target in ours and it.target not in KAFKA}
    return allowed(cluster, "Egress") ^ out, allowed(cluster, "Ingress") ^ into


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_exactly_the_flows_that_exist_are_allowed(overlay: str) -> None:
    assert at_both_ends(rendered(overlay)) == (set(), set())


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_whatever_is_not_named_is_denied(overlay: str) -> None:
    assert denies_by_default(rendered(overlay))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_pods_that_policies_speak_of_are_the_ones_there_are(overlay: str) -> None:
    """A label that no pod has would protect nothing."""
    ours = entities_of_ours().values()

    for pod in rendered(overlay).pods():
        assert any(labels.items() <= pod.labels.items() for labels in ours), pod.name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kafka_lets_in_the_workers_and_who_scales_them(overlay: str) -> None:
    [listener] = rendered(overlay).one("Kafka", "events")["spec"]["kafka"]["listeners"]

    assert set(peers(listener["networkPolicyPeers"])) == {
        *(f"{it}-workers" for it in SERVICES),
        "namespace keda",
    }


def rule(cluster: Cluster, name: str) -> Any:  # A manifest's field, to be broken.
    return cluster.one("NetworkPolicy", name)["spec"]


@pytest.mark.parametrize(
    "breach",
    [
        lambda c: rule(c, "workers-to-kafka").update(podSelector={}),
        lambda c: rule(c, "callers-to-api")["ingress"][0].pop("from"),
        lambda c: rule(c, "returns-to-its-database")["egress"][0]["to"][0]["podSelector"].update(
            matchLabels={"cnpg.io/cluster": "ledger-postgres"}
        ),
        lambda c: rule(c, "returns-postgres")["ingress"][0]["ports"].append({"port": 22}),
        lambda c: rule(c, "returns-postgres").update(policyTypes=["Egress"], ingress=[]),
        lambda c: rule(c, "processes-to-traces")["egress"].append({"ports": [{"port": 443}]}),
    ],
)
def test_one_flow_more_or_less_is_noticed(breach: Callable[[Cluster], object]) -> None:
    cluster = rendered("prod-eu").altered()

    breach(cluster)

    with pytest.raises(AssertionError):
        assert at_both_ends(cluster) == (set(), set())


def test_an_open_door_is_noticed() -> None:
    cluster = rendered("prod-eu").altered()

    rule(cluster, "nothing-else").update(policyTypes=["Ingress"])

    assert not denies_by_default(cluster)
