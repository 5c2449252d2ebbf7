"""What others would look for: checkov's rules, over all overlays at once."""

from __future__ import annotations

import json
import subprocess

import pytest
import yaml

from tests.deploy.kubernetes.cluster import OVERLAYS, rendered
from tests.tools import program

EXCEPTIONS = {
    "CKV_K8S_43": "it is known once an image is pushed: `kustomize edit set image` puts it in",
    "CKV_K8S_15": "a version names one image for ever, so that a node need not ask for it again",
}

PLANTED = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "planted", "namespace": "entrepot"},
    "spec": {
        "containers": [
            {"name": "it", "image": "it:1", "securityContext": {"privileged": True}},
        ]
    },
}
PRIVILEGED = "CKV_K8S_16"


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """Rules and what breaks them, of one run: it takes its time to begin."""
    checkov, folder = program("checkov"), tmp_path_factory.mktemp("rendered")
    for overlay in OVERLAYS:
        text = yaml.dump_all(rendered(overlay).manifests, Dumper=yaml.CSafeDumper)
        (folder / f"{overlay}.yaml").write_text(text)
    (folder / "planted.yaml").write_text(yaml.safe_dump(PLANTED))
    options = "--framework kubernetes --compact --quiet --skip-download --soft-fail --output json"
    run = subprocess.run(
        [checkov, "--directory", str(folder), *options.split()],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    report = json.loads(run.stdout)
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 2_000 * len(OVERLAYS)
    return [(it["check_id"], it["resource"]) for it in report["results"]["failed_checks"]]


def planted(resource: str) -> bool:
    return resource.endswith(".planted")


def test_what_it_finds_is_what_we_have_reasons_for(failed: list[tuple[str, str]]) -> None:
    """No less, either: an exception that nothing needs any more has to go."""
    assert {rule for rule, resource in failed if not planted(resource)} == set(EXCEPTIONS)


def test_it_sees_what_is_wrong(failed: list[tuple[str, str]]) -> None:
    assert PRIVILEGED in {rule for rule, resource in failed if planted(resource)}
