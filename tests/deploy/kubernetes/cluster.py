"""An overlay as it is applied: its manifests, and what they come to."""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tests.tools import program

FOLDER = Path(__file__).parents[3] / "deploy/kubernetes"
OVERLAYS = tuple(sorted(it.parent.name for it in FOLDER.glob("overlays/*/kustomization.yaml")))
PRODUCTION = tuple(it for it in OVERLAYS if it.startswith("prod-"))

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pod:
    """What runs: the template of a Deployment, a Job or a CronJob."""

    owner: Manifest
    template: Manifest

    @property
    def name(self) -> str:
        return f"{self.owner['kind']} {self.owner['metadata']['name']}"

    @property
    def spec(self) -> Manifest:
        spec: Manifest = self.template["spec"]
        return spec

    @property
    def labels(self) -> dict[str, str]:
        labels: dict[str, str] = self.template["metadata"]["labels"]
        return labels

    @property
    def service(self) -> str:
        return self.labels["app.kubernetes.io/name"]

    @property
    def component(self) -> str:
        return self.labels["app.kubernetes.io/component"]

    @property
    def containers(self) -> list[Manifest]:
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    @property
    def main(self) -> Manifest:
        container: Manifest = self.spec["containers"][0]
        return container

    @property
    def env(self) -> dict[str, Manifest]:
        return {it["name"]: it for it in self.main["env"]}

    @property
    def volumes(self) -> dict[str, Manifest]:
        return {it["name"]: it for it in self.spec.get("volumes", [])}

    @property
    def mounts(self) -> dict[str, str]:
        """Volume names by the path that they are mounted at."""
        return {it["mountPath"]: it["name"] for it in self.main.get("volumeMounts", [])}

    def database(self) -> str:
        address: str = self.env["ENTREPOT_DATABASE"]["value"]
        return address

    def database_role(self) -> str:
        return urlsplit(self.database()).username or ""

    def secrets(self) -> Iterator[str]:
        """Names of the secrets that are mounted."""
        for volume in self.volumes.values():
            if "secret" in volume:
                yield volume["secret"]["secretName"]
            for source in volume.get("projected", {}).get("sources", []):
                if "secret" in source:
                    yield source["secret"]["name"]


@dataclass(frozen=True, slots=True)
class Cluster:
    manifests: list[Manifest]

    def all(self, kind: str) -> list[Manifest]:
        return [it for it in self.manifests if it["kind"] == kind]

    def one(self, kind: str, name: str) -> Manifest:
        [found] = [it for it in self.all(kind) if it["metadata"]["name"] == name]
        return found

    def pods(self) -> list[Pod]:
        return [
            *(
                Pod(it, it["spec"]["template"])
                for kind in ("Deployment", "Job")
                for it in self.all(kind)
            ),
            *(Pod(it, it["spec"]["jobTemplate"]["spec"]["template"]) for it in self.all("CronJob")),
        ]

    def processes(self) -> list[Pod]:
        """Those of the services: API and workers."""
        return [it for it in self.pods() if it.owner["kind"] == "Deployment"]

    def migrations(self) -> list[Pod]:
        return [it for it in self.pods() if it.owner["kind"] == "Job"]

    def pod(self, name: str) -> Pod:
        [found] = [it for it in self.pods() if it.owner["metadata"]["name"] == name]
        return found

    def altered(self) -> Cluster:
        """A copy in which a breach may be planted."""
        return Cluster(copy.deepcopy(self.manifests))


@cache
def rendered(overlay: str) -> Cluster:
    """As `kubectl apply --kustomize` would send it. Nobody may change what is returned."""
    folder = FOLDER / "overlays" / overlay
    built = subprocess.run(
        [program("kustomize"), "build", folder], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return Cluster(list(yaml.load_all(built.stdout, Loader=yaml.CSafeLoader)))
