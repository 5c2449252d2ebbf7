"""Writes what follows from the code or is the same for every service; `make manifests`.

*.template.yaml         once by hand            services.yaml      for each service
libs.messaging.topics   what topics there are   topics.yaml        Strimzi's KafkaTopic
a service's `follows`   what each one reads     users.yaml         Strimzi's KafkaUser
                                                scaledobjects.yaml KEDA's triggers
deploy/monitoring       what to watch           rules.yaml         Prometheus' rules
                                                dashboards.yaml    Grafana's dashboards
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from string import Template
from typing import Any

import yaml

from deploy.local.postgres import PostgresServer
from deploy.monitoring.dashboards import dashboards
from deploy.monitoring.objectives import RULES
from libs.messaging.topics import SERVICES, TOPICS, Topic
from libs.runtime.ids import secret
from libs.runtime.migrations import migrate
from libs.runtime.settings import Settings

FOLDER = Path(__file__).parent
KAFKA, WATCHER = "events", "keda"
HEADER = "# Written by `make manifests`; `make check` refuses what differs from the code.\n"

Follows = Mapping[str, Sequence[str]]
"""By service, the topics that it reads."""
Manifest = dict[str, Any]


def main() -> None:
    wanted = written(follows_of_all())
    if "--check" in sys.argv:
        stale = [
            path for path, text in wanted.items() if not path.exists() or path.read_text() != text
        ]
        if stale:
            sys.exit(f"run `make manifests`: {', '.join(str(path) for path in stale)}")
        return
    for path, text in wanted.items():
        path.write_text(text)


def written(follows: Follows) -> dict[Path, str]:
    """Every generated file, with what it should say."""
    kafka, keda = FOLDER / "components/kafka-strimzi", FOLDER / "components/keda"
    monitoring = FOLDER / "components/monitoring"
    return {
        **{path.with_name("services.yaml"): for_each_service(path) for path in templates()},
        kafka / "topics.yaml": documents(topic(it) for it in TOPICS),
        kafka / "users.yaml": documents([*(user(it, follows[it]) for it in SERVICES), watcher()]),
        keda / "scaledobjects.yaml": documents(
            scaled(service, follows[service]) for service in SERVICES
        ),
        monitoring / "rules.yaml": documents(
            rules(it) for it in sorted(RULES.parent.glob("*.yml"))
        ),
        monitoring / "dashboards.yaml": documents(
            dashboard(name, text) for name, text in dashboards().items()
        ),
    }


def templates() -> list[Path]:
    return sorted(FOLDER.rglob("service.template.yaml"))


def for_each_service(template: Path) -> str:
    text = template.read_text()
    return HEADER + "---\n".join(Template(text).substitute(service=it) for it in SERVICES)


def documents(manifests: Iterable[Manifest]) -> str:
    return HEADER + yaml.safe_dump_all(manifests, sort_keys=False)


def topic(declared: Topic) -> Manifest:
    """As the local stack makes it, but for copies: a cluster has three, two of them in time."""
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaTopic",
        "metadata": {"name": declared.name, "labels": {"strimzi.io/cluster": KAFKA}},
        "spec": {
            "partitions": declared.partitions,
            "replicas": 3,
            "config": {**declared.settings, "min.insync.replicas": "2"},
        },
    }


def user(service: str, follows: Sequence[str]) -> Manifest:
    """Writes the service's own topic, reads what it follows in its own group, and nothing else."""
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaUser",
        "metadata": {
            "name": f"{service}-kafka",
            "labels": {"strimzi.io/cluster": KAFKA, "app.kubernetes.io/name": service},
        },
        "spec": {
            "authentication": {"type": "tls"},
            "authorization": {
                "type": "simple",
                "acls": [
                    allow("topic", f"entrepot.{service}.v1", "Write", "Describe"),
                    *(allow("topic", name, "Read", "Describe") for name in follows),
                    allow("group", f"entrepot.{service}", "Read"),
                ],
            },
        },
    }


def watcher() -> Manifest:
    """KEDA's user: sees how far each group is, and reads no message."""
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaUser",
        "metadata": {"name": f"{WATCHER}-kafka", "labels": {"strimzi.io/cluster": KAFKA}},
        "spec": {
            "authentication": {"type": "tls"},
            "authorization": {
                "type": "simple",
                "acls": [
                    *(allow("topic", it.name, "Describe") for it in TOPICS),
                    *(allow("group", f"entrepot.{it}", "Describe") for it in SERVICES),
                ],
            },
        },
    }


def allow(kind: str, name: str, *operations: str) -> Manifest:
    return {
        "resource": {"type": kind, "name": name, "patternType": "literal"},
        "operations": list(operations),
    }


def scaled(service: str, follows: Sequence[str]) -> Manifest:
    """As many workers as messages wait for, and never more than there are partitions."""
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {
            "name": f"{service}-workers",
            "labels": {
                "app.kubernetes.io/name": service,
                "app.kubernetes.io/component": "workers",
            },
        },
        "spec": {
            "scaleTargetRef": {"name": f"{service}-workers"},
            "minReplicaCount": 2,
            "maxReplicaCount": min(it.partitions for it in TOPICS),
            "pollingInterval": 15,
            "cooldownPeriod": 300,
            # Kafka that cannot be asked is no reason to stop working.
            "fallback": {"failureThreshold": 4, "replicas": 3},
            "triggers": [
                {
                    "type": "kafka",
                    "metadata": {
                        "bootstrapServers": f"{KAFKA}-kafka-bootstrap:9093",
                        "consumerGroup": f"entrepot.{service}",
                        "topic": name,
                        "lagThreshold": "1000",
                        "offsetResetPolicy": "earliest",
                        "tls": "enable",
                    },
                    "authenticationRef": {"name": "kafka"},
                }
                for name in follows
            ],
        },
    }


def rules(file: Path) -> Manifest:
    """As Prometheus' operator takes them."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": f"entrepot-{file.stem}"},
        "spec": yaml.safe_load(file.read_text()),
    }


def dashboard(name: str, text: str) -> Manifest:
    """Grafana's sidecar looks for the label."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": f"dashboard-{Path(name).stem}",
            "labels": {"grafana_dashboard": "1"},
        },
        "data": {f"entrepot-{name}": text},
    }


def follows_of_all() -> Follows:
    """What each service follows, asked of the services themselves: they need a database for it."""
    with tempfile.TemporaryDirectory(prefix="entrepot-") as folder:
        Path(folder).chmod(0o755)
        with PostgresServer(Path(folder) / "postgres") as server:
            return follows_by(server)


def follows_by(server: PostgresServer) -> Follows:
    return {it: asyncio.run(follows(it, server.database(f"wired_{it}"))) for it in SERVICES}


async def follows(service: str, dsn: str) -> Sequence[str]:
    await migrate(dsn, service)
    with tempfile.NamedTemporaryFile() as key:
        key.write(secret(32))
        key.flush()
        settings = Settings(database=dsn, kafka="", jwks=Path("/nowhere"), vault_key=Path(key.name))
        built = await import_module(f"services.{service}.wiring").build(settings)
        await built.recorder.stop()
    return sorted(built.follows)


if __name__ == "__main__":
    main()
