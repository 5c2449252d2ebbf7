"""What the README tells whoever runs it is so."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import yaml

from tests.deploy.kubernetes.cluster import FOLDER, OVERLAYS, Cluster, rendered
from tests.tools import program

README = (FOLDER / "README.md").read_text()


def test_every_folder_and_file_that_it_names_exists() -> None:
    named = [
        *re.findall(r"`((?:base|components|overlays|\.\./image)/[\w./-]*)`", README),
        *re.findall(r"`((?:libs|tests|deploy)/[\w./-]+)`", README),
    ]

    assert len(named) > 8
    for name in named:
        root = FOLDER if (FOLDER / name).exists() else FOLDER.parents[1]
        assert (root / name).exists(), name


def test_it_names_every_overlay_and_every_component() -> None:
    components = [it.name for it in (FOLDER / "components").iterdir() if it.is_dir()]

    for name in (*OVERLAYS, *components):
        assert name in README


def test_a_release_puts_its_digest_into_every_pod(tmp_path: Path) -> None:
    image = "registry.example/entrepot@sha256:" + "0" * 64
    tree = shutil.copytree(FOLDER, tmp_path / "kubernetes")
    overlay, kustomize = tree / "overlays/prod-eu", program("kustomize")
    [command] = re.findall(r"kustomize (edit set image) entrepot=", README)

    subprocess.run([kustomize, *command.split(), f"entrepot={image}"], cwd=overlay, check=True)

    built = subprocess.run([kustomize, "build"], cwd=overlay, check=True, capture_output=True)
    pods = Cluster(list(yaml.load_all(built.stdout, Loader=yaml.CSafeLoader))).pods()
    assert {it["image"] for pod in pods for it in pod.containers} == {image}


def test_its_numbers_are_those_of_the_manifests() -> None:
    pod = rendered("prod-eu").pod("order-api")
    ports = {it["name"]: it["containerPort"] for it in pod.main["ports"]}
    leave = pod.main["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain = pod.env["ENTREPOT_DRAIN_SECONDS"]["value"]
    killed = pod.spec["terminationGracePeriodSeconds"]

    assert f"{ports['grpc']} gRPC" in README
    assert f"{ports['health']} health" in README
    assert f"{ports['metrics']} metrics" in README
    assert (
        f"{leave} s until callers have left, {drain} s for calls under way, killed after {killed} s"
    ) in README
    [backups] = rendered("prod-eu").all("ObjectStore")
    assert f"for {backups['spec']['retentionPolicy'].removesuffix('d')} days" in README


def test_what_it_selects_by_label_is_there() -> None:
    manifests = rendered("prod-eu").manifests
    for key, value in re.findall(r"-l ([\w./-]+)=([\w-]+)", README):
        assert any(it["metadata"].get("labels", {}).get(key) == value for it in manifests), key
    assert any(it["metadata"]["name"] == "restore-check" for it in manifests)
