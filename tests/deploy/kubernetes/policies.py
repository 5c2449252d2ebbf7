"""The rules, each with what it is about, how it is broken, and breaches that it must notice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.deploy.kubernetes.cluster import Cluster, Manifest, Pod

Plant = Callable[[Cluster], Any]


@dataclass(frozen=True, slots=True)
class Policy:
    name: str
    subjects: Callable[[Cluster], Sequence[Any]]
    breaches: Callable[[Any, Cluster], Iterable[str]]
    plants: Sequence[Plant]

    def broken_in(self, cluster: Cluster) -> list[str]:
        subjects = self.subjects(cluster)
        return [
            f"{_name(subject)}: {breach}"
            for subject in subjects
            for breach in self.breaches(subject, cluster)
        ]


POLICIES: list[Policy] = []


def policy(
    about: Callable[[Cluster], Sequence[Any]], *plants: Plant
) -> Callable[[Callable[..., Iterable[str]]], None]:
    def keep(breaches: Callable[..., Iterable[str]]) -> None:
        POLICIES.append(Policy(breaches.__name__, about, breaches, plants))

    return keep


def _name(subject: Pod | Manifest) -> str:
    return (
        subject.name
        if isinstance(subject, Pod)
        else f"{subject['kind']} {subject['metadata']['name']}"
    )


def kind(name: str) -> Callable[[Cluster], Sequence[Manifest]]:
    return lambda cluster: cluster.all(name)


def everything(cluster: Cluster) -> Sequence[Manifest]:
    return cluster.manifests


def api(cluster: Cluster) -> list[Pod]:
    return [it for it in cluster.processes() if it.component == "api"]


def workers(cluster: Cluster) -> list[Pod]:
    return [it for it in cluster.processes() if it.component == "workers"]


# Breaches are planted in one service of the six: a rule must see the one among the others.


def process(cluster: Cluster) -> Pod:
    return cluster.pod("returns-workers")


def container(cluster: Cluster) -> Manifest:
    return process(cluster).main


def migration(cluster: Cluster) -> Pod:
    return cluster.pod("returns-expand")


def without(name: str, manifest_kind: str) -> Plant:
    def plant(cluster: Cluster) -> None:
        cluster.manifests.remove(cluster.one(manifest_kind, name))

    return plant


# What may run


@policy(
    Cluster.pods,
    lambda c: process(c).spec["securityContext"].update(runAsNonRoot=False),
    lambda c: migration(c).spec["securityContext"].update(runAsUser=0),
    lambda c: container(c)["securityContext"].update(runAsUser=0),
    lambda c: process(c).spec["securityContext"].pop("seccompProfile"),
)
def runs_as_nobody(pod: Pod, _: Cluster) -> Iterator[str]:
    security = pod.spec["securityContext"]
    if security.get("runAsNonRoot") is not True or security.get("runAsUser", 0) < 10_000:
        yield "may run as root"
    if any({"runAsUser", "runAsNonRoot"} & it["securityContext"].keys() for it in pod.containers):
        yield "a container has a user of its own"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "may make any system call"


@policy(
    Cluster.pods,
    lambda c: container(c)["securityContext"].update(allowPrivilegeEscalation=True),
    lambda c: container(c)["securityContext"].update(privileged=True),
    lambda c: container(c)["securityContext"]["capabilities"].update(add=["NET_ADMIN"]),
    lambda c: migration(c).main["securityContext"].pop("capabilities"),
    lambda c: process(c).spec.update(hostNetwork=True),
    lambda c: process(c).spec["volumes"].append({"name": "h", "hostPath": {"path": "/"}}),
)
def gains_no_privilege(pod: Pod, _: Cluster) -> Iterator[str]:
    for it in pod.containers:
        security = it["securityContext"]
        if security.get("allowPrivilegeEscalation") is not False or security.get("privileged"):
            yield f"{it['name']} may gain privileges"
        if security.get("capabilities") != {"drop": ["ALL"]}:
            yield f"{it['name']} keeps capabilities"
    if any(pod.spec.get(it) for it in ("hostNetwork", "hostPID", "hostIPC")):
        yield "shares the host's namespaces"
    if any("hostPath" in it for it in pod.volumes.values()):
        yield "mounts the host's files"


@policy(
    Cluster.pods,
    lambda c: container(c)["securityContext"].update(readOnlyRootFilesystem=False),
    lambda c: process(c).volumes["tmp"].update(emptyDir={}),
)
def writes_only_to_a_limited_tmp(pod: Pod, _: Cluster) -> Iterator[str]:
    for it in pod.containers:
        if it["securityContext"].get("readOnlyRootFilesystem") is not True:
            yield f"{it['name']} may write to its image"
    for volume in pod.volumes.values():
        if "emptyDir" in volume and "sizeLimit" not in volume["emptyDir"]:
            yield f"{volume['name']} may fill the node's disk"


@policy(
    Cluster.pods,
    lambda c: container(c)["resources"].pop("limits"),
    lambda c: migration(c).main["resources"]["requests"].pop("memory"),
    lambda c: process(c).spec["initContainers"][0].pop("resources"),
)
def says_what_it_needs(pod: Pod, _: Cluster) -> Iterator[str]:
    for it in pod.containers:
        for bound in ("requests", "limits"):
            if it.get("resources", {}).get(bound, {}).keys() != {"cpu", "memory"}:
                yield f"{it['name']} has no {bound} of cpu and memory"


@policy(
    Cluster.pods,
    lambda c: container(c).update(image="entrepot:latest"),
    lambda c: migration(c).main.update(image="entrepot"),
    lambda c: process(c).spec["initContainers"][0].update(image="entrepot:0.0.9"),
)
def is_one_pinned_image(pod: Pod, cluster: Cluster) -> Iterator[str]:
    [usual, *_] = [it.main["image"] for it in cluster.processes()]
    for it in pod.containers:
        _, _, tag = it["image"].partition(":")
        if tag in ("", "latest"):
            yield f"{it['image']} is whatever it happens to be"
        if it["image"] != usual:
            yield f"{it['image']} is not {usual}"


# Who it is


@policy(
    Cluster.pods,
    lambda c: process(c).spec.update(automountServiceAccountToken=True),
    lambda c: process(c).spec.update(enableServiceLinks=True),
    lambda c: (
        process(c)
        .spec["volumes"]
        .append(
            {"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}
        )
    ),
)
def has_no_token(pod: Pod, _: Cluster) -> Iterator[str]:
    if pod.spec.get("automountServiceAccountToken") is not False:
        yield "a token is mounted"
    if pod.spec.get("enableServiceLinks") is not False:
        yield "is told of services that it does not call"
    for volume in pod.volumes.values():
        for source in volume.get("projected", {}).get("sources", []):
            if "serviceAccountToken" in source and pod.component != "restore-check":
                yield f"{volume['name']} brings a token"


@policy(
    kind("ServiceAccount"),
    lambda c: c.one("ServiceAccount", "returns").pop("automountServiceAccountToken"),
)
def account_gives_no_token(account: Manifest, _: Cluster) -> Iterator[str]:
    if account.get("automountServiceAccountToken") is not False:
        yield "gives every pod a token"


@policy(
    Cluster.pods,
    lambda c: process(c).spec.update(serviceAccountName="ledger"),
    lambda c: process(c).spec.pop("serviceAccountName"),
    without("returns", "ServiceAccount"),
)
def has_an_account_of_its_own(pod: Pod, cluster: Cluster) -> Iterator[str]:
    own = pod.service if pod.component != "restore-check" else "restore-check"
    if pod.spec.get("serviceAccountName") != own:
        yield f"acts as {pod.spec.get('serviceAccountName', 'default')}"
    if own not in {it["metadata"]["name"] for it in cluster.all("ServiceAccount")}:
        yield "its account does not exist"


@policy(
    lambda c: c.all("Role") + c.all("ClusterRole") + c.all("ClusterRoleBinding"),
    lambda c: c.one("Role", "restore-check")["rules"][0].update(verbs=["*"]),
    lambda c: c.one("Role", "restore-check")["rules"][1].pop("resourceNames"),
    lambda c: c.one("Role", "restore-check").update(kind="ClusterRole"),
)
def may_do_little(role: Manifest, _: Cluster) -> Iterator[str]:
    if role["kind"] != "Role":
        yield "reaches beyond the namespace"
    for rule in role.get("rules", []):
        if "*" in (*rule["verbs"], *rule["resources"], *rule["apiGroups"]):
            yield "may do anything"
        if set(rule["verbs"]) - {"create"} and not rule.get("resourceNames"):
            yield "may do it to anything"


# What it knows


@policy(
    Cluster.pods,
    lambda c: container(c)["env"].append(
        {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "jwks", "key": "jwks.json"}}}
    ),
    lambda c: container(c).update(envFrom=[{"secretRef": {"name": "jwks"}}]),
    lambda c: container(c)["env"].append({"name": "PGPASSWORD", "value": "x"}),
    lambda c: process(c).env["ENTREPOT_DATABASE"].update(value="postgresql://a:b@c/d"),
)
def has_no_secret_in_its_environment(pod: Pod, _: Cluster) -> Iterator[str]:
    for it in pod.containers:
        if "envFrom" in it:
            yield f"{it['name']} takes whole maps"
        for variable in it.get("env", []):
            if "secretKeyRef" in variable.get("valueFrom", {}):
                yield f"{variable['name']} is a secret"
            if "PASSWORD" in variable["name"] or urlsplit(variable.get("value", "")).password:
                yield f"{variable['name']} has a password in it"


@policy(
    Cluster.pods,
    lambda c: container(c)["volumeMounts"][0].update(subPath="tls.crt"),
    lambda c: next(it for it in container(c)["volumeMounts"] if it["name"] == "jwks").update(
        readOnly=False
    ),
    lambda c: process(c).volumes["jwks"]["secret"].update(defaultMode=0o644),
)
def mounts_secrets_to_be_read_again(pod: Pod, _: Cluster) -> Iterator[str]:
    secrets = {n for n, it in pod.volumes.items() if "secret" in it or "projected" in it}
    for it in pod.containers:
        for mount in it.get("volumeMounts", []):
            if "subPath" in mount:
                yield f"{mount['mountPath']} would never be renewed"
            if mount["name"] in secrets and mount.get("readOnly") is not True:
                yield f"{mount['mountPath']} may be written"
    for name in secrets:
        volume = pod.volumes[name]
        if volume[("secret" if "secret" in volume else "projected")]["defaultMode"] & 0o007:
            yield f"{name} may be read by everybody"


BY_HAND = {"jwks", "order-vault"}
"""What no certificate and no user brings. In dev a person makes them."""


@policy(
    Cluster.pods,
    without("returns-kafka", "KafkaUser"),
    without("returns-postgres-migrator", "Certificate"),
    lambda c: process(c).volumes["jwks"]["secret"].update(secretName="jwkz"),
)
def somebody_makes_its_secrets(pod: Pod, cluster: Cluster) -> Iterator[str]:
    made = {
        *(it["spec"]["secretName"] for it in cluster.all("Certificate")),
        *(it["metadata"]["name"] for it in cluster.all("KafkaUser")),
        *(f"{it['metadata']['name']}-cluster-ca-cert" for it in cluster.all("Kafka")),
        *(it["spec"]["target"]["name"] for it in cluster.all("ExternalSecret")),
        *(() if cluster.all("ExternalSecret") else BY_HAND),
    }
    for secret in set(pod.secrets()) - made:
        yield f"nobody makes {secret}"


@policy(
    Cluster.pods,
    lambda c: (
        process(c).volumes["postgres"]["secret"].update(secretName="returns-postgres-migrator")
    ),
    lambda c: (
        c.pod("catalog-api")
        .spec["volumes"]
        .append({"name": "vault", "secret": {"secretName": "order-vault", "defaultMode": 0o440}})
    ),
    lambda c: (
        process(c).volumes["kafka"]["projected"]["sources"][0]["secret"].update(name="ledger-kafka")
    ),
)
def knows_the_secrets_of_its_own_service(pod: Pod, _: Cluster) -> Iterator[str]:
    role = "migrator" if pod.component == "migration" else "service"
    common = {"jwks", "events-cluster-ca-cert"}
    own = {f"{pod.service}-{it}" for it in ("api-tls", "kafka", f"postgres-{role}", "vault")}
    for secret in set(pod.secrets()) - common - own:
        yield f"{secret} is not its own"


# How it lives


@policy(
    Cluster.processes,
    lambda c: container(c).pop("startupProbe"),
    lambda c: container(c)["readinessProbe"]["grpc"].update(service=""),
    lambda c: container(c)["livenessProbe"]["grpc"].update(service="ready"),
    lambda c: container(c)["livenessProbe"]["grpc"].update(port=8080),
    lambda c: container(c).update(livenessProbe={"tcpSocket": {"port": 8081}}),
)
def answers_probes_by_name(pod: Pod, _: Cluster) -> Iterator[str]:
    asked = {"startupProbe": "ready", "readinessProbe": "ready", "livenessProbe": "live"}
    ports = {it["containerPort"]: it["name"] for it in pod.main["ports"]}
    for probe, service in asked.items():
        grpc = pod.main.get(probe, {}).get("grpc", {})
        if grpc.get("service") != service or ports.get(grpc.get("port")) != "health":
            yield f"{probe} does not ask whether it is {service}"


@policy(
    Cluster.processes,
    lambda c: container(c)["livenessProbe"].update(failureThreshold=1, periodSeconds=1),
    lambda c: container(c)["startupProbe"].update(failureThreshold=3),
)
def is_not_killed_in_haste(pod: Pod, _: Cluster) -> Iterator[str]:
    def patience(probe: str) -> int:
        it = pod.main[probe]
        return int(it["periodSeconds"] * it["failureThreshold"])

    if patience("livenessProbe") < 30:
        yield "a long pause kills it"
    if patience("startupProbe") < 60:
        yield "a slow start kills it"


@policy(
    Cluster.processes,
    lambda c: container(c).pop("lifecycle"),
    lambda c: process(c).spec.update(terminationGracePeriodSeconds=20),
    lambda c: process(c).env["ENTREPOT_DRAIN_SECONDS"].update(value="40"),
)
def ends_in_order(pod: Pod, _: Cluster) -> Iterator[str]:
    leave = pod.main.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    drain = float(pod.env["ENTREPOT_DRAIN_SECONDS"]["value"])
    if leave < 3:
        yield "goes while callers still find it"
    if pod.spec["terminationGracePeriodSeconds"] < leave + drain + 10:
        yield "is killed before it has drained"


@policy(
    Cluster.processes,
    without("returns-workers", "PodDisruptionBudget"),
    lambda c: c.one("PodDisruptionBudget", "returns-workers")["spec"].update(maxUnavailable=0),
    lambda c: c.one("PodDisruptionBudget", "returns-workers")["spec"]["selector"].update(
        matchLabels={"app.kubernetes.io/name": "returns"}
    ),
)
def is_disrupted_one_at_a_time(pod: Pod, cluster: Cluster) -> Iterator[str]:
    budgets = [
        it["spec"]
        for it in cluster.all("PodDisruptionBudget")
        if selects(it["spec"]["selector"], pod.labels)
    ]
    if len(budgets) != 1:
        yield f"{len(budgets)} budgets speak of it"
    for it in budgets:
        if it["maxUnavailable"] != 1 or it["selector"] != pod.owner["spec"]["selector"]:
            yield "its budget is not one pod of its own"


@policy(
    Cluster.processes,
    lambda c: process(c).spec["topologySpreadConstraints"].pop(0),
    lambda c: process(c).spec["topologySpreadConstraints"].pop(1),
    lambda c: (
        process(c)
        .spec["topologySpreadConstraints"][0]["labelSelector"]
        .update(matchLabels={"app.kubernetes.io/name": "ledger"})
    ),
)
def stands_in_several_places(pod: Pod, _: Cluster) -> Iterator[str]:
    spread = {it["topologyKey"]: it for it in pod.spec.get("topologySpreadConstraints", [])}
    for place in ("topology.kubernetes.io/zone", "kubernetes.io/hostname"):
        if place not in spread or spread[place]["maxSkew"] != 1:
            yield f"is not spread over {place}"
        elif spread[place]["labelSelector"] != pod.owner["spec"]["selector"]:
            yield f"is spread over {place} with others"


@policy(
    Cluster.processes,
    lambda c: process(c).owner["spec"]["strategy"]["rollingUpdate"].update(maxUnavailable=1),
    lambda c: process(c).owner["spec"].update(replicas=2),
)
def is_replaced_before_it_goes(pod: Pod, _: Cluster) -> Iterator[str]:
    spec = pod.owner["spec"]
    if spec["strategy"]["rollingUpdate"] != {"maxUnavailable": 0, "maxSurge": 1}:
        yield "an update takes pods away first"
    if "replicas" in spec:
        yield "two decide how many there are"


@policy(
    api,
    without("returns-api", "HorizontalPodAutoscaler"),
    lambda c: c.one("HorizontalPodAutoscaler", "returns-api")["spec"].update(metrics=[]),
    lambda c: c.one("HorizontalPodAutoscaler", "returns-api")["spec"].update(maxReplicas=1),
)
def grows_with_its_load(pod: Pod, cluster: Cluster) -> Iterator[str]:
    named = pod.owner["metadata"]["name"]
    scalers = [
        it["spec"]
        for it in cluster.all("HorizontalPodAutoscaler")
        if it["spec"]["scaleTargetRef"]["name"] == named
    ]
    if len(scalers) != 1:
        yield f"{len(scalers)} autoscalers scale it"
    for it in scalers:
        if [metric["resource"]["name"] for metric in it["metrics"]] != ["cpu"]:
            yield "does not grow with its CPU"
        if it["maxReplicas"] <= it["minReplicas"]:
            yield "cannot grow"


@policy(
    workers,
    without("returns-workers", "ScaledObject"),
    lambda c: c.one("ScaledObject", "returns-workers")["spec"].update(maxReplicaCount=13),
    lambda c: c.one("ScaledObject", "returns-workers")["spec"].update(minReplicaCount=0),
    lambda c: c.one("ScaledObject", "returns-workers")["spec"].pop("fallback"),
    lambda c: c.one("ScaledObject", "returns-workers")["spec"]["triggers"][0]["metadata"].update(
        consumerGroup="entrepot.ledger"
    ),
    lambda c: c.one("KafkaTopic", "entrepot.order.v1")["spec"].update(partitions=6),
)
def grows_with_its_lag(pod: Pod, cluster: Cluster) -> Iterator[str]:
    named = pod.owner["metadata"]["name"]
    scalers = [
        it["spec"]
        for it in cluster.all("ScaledObject")
        if it["spec"]["scaleTargetRef"]["name"] == named
    ]
    if len(scalers) != 1:
        yield f"{len(scalers)} scalers scale it"
    partitions = {
        it["metadata"]["name"]: it["spec"]["partitions"] for it in cluster.all("KafkaTopic")
    }
    for it in scalers:
        if it["minReplicaCount"] < 1 or "fallback" not in it:
            yield "may stop, and with it the relay and the deadlines"
        for trigger in it["triggers"]:
            if trigger["metadata"]["consumerGroup"] != f"entrepot.{pod.service}":
                yield "grows with another's lag"
            if it["maxReplicaCount"] > partitions[trigger["metadata"]["topic"]]:
                yield "outgrows its partitions"


# Its database


@policy(
    Cluster.processes,
    lambda c: process(c).spec.pop("initContainers"),
    lambda c: (
        process(c)
        .spec["initContainers"][0]
        .update(args=["python", "-m", "libs.runtime.migrations", "ledger", "await"])
    ),
    lambda c: process(c).spec["initContainers"][0]["env"][0].update(value="postgresql://a@b/c"),
)
def waits_for_its_migration(pod: Pod, _: Cluster) -> Iterator[str]:
    waits = ["python", "-m", "libs.runtime.migrations", pod.service, "await"]
    first = pod.spec.get("initContainers", [])
    if [it["args"] for it in first] != [waits]:
        yield "starts on any layout"
    elif first[0]["env"][0]["value"] != pod.env["ENTREPOT_DATABASE"]["value"]:
        yield "waits for another database"


@policy(
    Cluster.migrations,
    lambda c: c.pod("returns-contract").owner["spec"].update(suspend=False),
    lambda c: migration(c).owner["spec"].update(suspend=True),
    lambda c: migration(c).owner["spec"].pop("ttlSecondsAfterFinished"),
    lambda c: migration(c).spec.update(restartPolicy="OnFailure"),
)
def migrates_in_two_steps(pod: Pod, _: Cluster) -> Iterator[str]:
    job = pod.owner["spec"]
    if job.get("suspend", False) != (pod.main["args"][-1] == "contract"):
        yield "takes away before anybody says so, or does not begin"
    if not {"backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"} <= job.keys():
        yield "may go on for ever"
    if pod.spec["restartPolicy"] != "Never":
        yield "loses the log of what failed"


@policy(
    Cluster.pods,
    lambda c: (
        process(c)
        .env["ENTREPOT_DATABASE"]
        .update(
            value=process(c).env["ENTREPOT_DATABASE"]["value"].replace("_service@", "_migrator@")
        )
    ),
    lambda c: (
        migration(c)
        .env["ENTREPOT_DATABASE"]
        .update(
            value=migration(c).env["ENTREPOT_DATABASE"]["value"].replace("verify-full", "require")
        )
    ),
    lambda c: (
        process(c)
        .env["ENTREPOT_DATABASE"]
        .update(
            value=process(c)
            .env["ENTREPOT_DATABASE"]["value"]
            .replace("returns-postgres", "ledger-postgres")
        )
    ),
    lambda c: c.one("Certificate", "returns-postgres-service")["spec"].update(
        commonName="ledger_service"
    ),
    lambda c: c.one("Certificate", "returns-postgres-server")["spec"].update(
        dnsNames=["elsewhere"]
    ),
)
def proves_its_role_to_its_own_database(pod: Pod, cluster: Cluster) -> Iterator[str]:
    [dsn] = [it["value"] for n, it in pod.env.items() if n.endswith("DATABASE")]
    url, options = urlsplit(dsn), parse_qs(urlsplit(dsn).query)
    role = f"{pod.service}_{'migrator' if pod.component == 'migration' else 'service'}"
    if url.username != role:
        yield f"comes as {url.username}"
    if options.get("sslmode") != ["verify-full"]:
        yield "does not look whom it speaks to"
    certificates = {it["spec"]["secretName"]: it["spec"] for it in cluster.all("Certificate")}
    shown = certificates[pod.volumes[pod.mounts["/run/secrets/postgres"]]["secret"]["secretName"]]
    if shown["commonName"] != url.username:
        yield "shows the certificate of another role"
    database = "restored" if pod.component == "restore-check" else "postgres"
    server = certificates[f"{pod.service}-{database}-server"]
    if url.hostname not in server["dnsNames"]:
        yield f"the server of its database is not {url.hostname}"
    for option, file in (("sslcert", "tls.crt"), ("sslkey", "tls.key"), ("sslrootcert", "ca.crt")):
        if options.get(option) != [f"/run/secrets/postgres/{file}"]:
            yield f"{option} is not mounted"


@policy(
    kind("Cluster"),
    lambda c: c.one("Cluster", "returns-postgres")["spec"].update(instances=1),
    lambda c: c.one("Cluster", "returns-postgres")["spec"]["postgresql"].pop("synchronous"),
    lambda c: c.one("Cluster", "returns-postgres")["spec"].update(enableSuperuserAccess=True),
    lambda c: c.one("Cluster", "returns-postgres")["spec"].pop("certificates"),
    lambda c: c.one("Cluster", "returns-postgres")["spec"]["affinity"].update(
        enablePodAntiAffinity=False
    ),
    lambda c: c.one("Cluster", "returns-postgres")["spec"]["postgresql"]["parameters"].pop(
        "idle_in_transaction_session_timeout"
    ),
)
def database_outlives_a_machine(it: Manifest, _: Cluster) -> Iterator[str]:
    spec = it["spec"]
    if spec["instances"] < 2 or spec["postgresql"].get("synchronous", {}).get("number", 0) < 1:
        yield "an answered commit may be on one machine only"
    if not spec["affinity"]["enablePodAntiAffinity"]:
        yield "both copies may be on one machine"
    if spec.get("enableSuperuserAccess") is not False:
        yield "has a superuser with a password"
    if not spec.get("certificates", {}).get("serverTLSSecret"):
        yield "has no certificate of ours"
    if "idle_in_transaction_session_timeout" not in spec["postgresql"]["parameters"]:
        yield "a forgotten transaction holds up every reader"


@policy(
    kind("Cluster"),
    without("returns-postgres", "ScheduledBackup"),
    lambda c: c.one("Cluster", "returns-postgres")["spec"]["plugins"][0].update(
        isWALArchiver=False
    ),
    lambda c: c.one("ScheduledBackup", "returns-postgres")["spec"].update(schedule="0 0 0 1 * *"),
    lambda c: c.one("Cluster", "returns-postgres")["spec"]["plugins"][0]["parameters"].update(
        serverName="ledger-postgres"
    ),
)
def database_is_backed_up(it: Manifest, cluster: Cluster) -> Iterator[str]:
    named = it["metadata"]["name"]
    stores = {store["metadata"]["name"] for store in cluster.all("ObjectStore")}
    [plugin] = it["spec"]["plugins"]
    if not plugin["isWALArchiver"] or plugin["parameters"]["barmanObjectName"] not in stores:
        yield "its log is not kept"
    if plugin["parameters"]["serverName"] != named:
        yield "its backups lie among another's"
    schedules = [
        backup["spec"]["schedule"]
        for backup in cluster.all("ScheduledBackup")
        if backup["spec"]["cluster"]["name"] == named
    ]
    if [len(it.split()) == 6 and it.endswith("* * *") for it in schedules] != [True]:
        yield "is not backed up every day"


# Kafka


@policy(
    kind("KafkaUser"),
    lambda c: acls(c, "returns")[0]["resource"].update(patternType="prefix"),
    lambda c: acls(c, "returns")[0]["resource"].update(name="*"),
    lambda c: acls(c, "returns")[0].update(operations=["All"]),
    lambda c: acls(c, "returns").append({"resource": {"type": "cluster"}, "operations": ["Alter"]}),
    lambda c: c.one("KafkaUser", "returns-kafka")["spec"].update(
        authentication={"type": "scram-sha-512"}
    ),
)
def user_may_do_what_is_named(user: Manifest, _: Cluster) -> Iterator[str]:
    if user["spec"]["authentication"] != {"type": "tls"}:
        yield "comes without a certificate"
    for acl in user["spec"]["authorization"]["acls"]:
        resource = acl["resource"]
        if resource["type"] not in ("topic", "group") or resource.get("patternType") != "literal":
            yield f"{resource['type']} is not named literally"
        elif "*" in resource["name"] or not set(acl["operations"]) <= {"Read", "Write", "Describe"}:
            yield f"may do too much to {resource['name']}"


def acls(cluster: Cluster, service: str) -> list[Manifest]:
    found: list[Manifest] = cluster.one("KafkaUser", f"{service}-kafka")["spec"]["authorization"][
        "acls"
    ]
    return found


@policy(
    kind("Kafka"),
    lambda c: c.all("Kafka")[0]["spec"]["kafka"]["listeners"][0].update(tls=False),
    lambda c: c.all("Kafka")[0]["spec"]["kafka"]["listeners"][0].pop("authentication"),
    lambda c: c.all("Kafka")[0]["spec"]["kafka"].pop("authorization"),
    lambda c: c.all("Kafka")[0]["spec"]["kafka"]["listeners"][0].pop("networkPolicyPeers"),
    lambda c: c.all("Kafka")[0]["spec"]["kafka"]["config"].update(
        {"auto.create.topics.enable": True}
    ),
)
def broker_lets_in_who_it_knows(kafka: Manifest, _: Cluster) -> Iterator[str]:
    spec = kafka["spec"]["kafka"]
    for listener in spec["listeners"]:
        if not listener["tls"] or listener.get("authentication") != {"type": "tls"}:
            yield f"{listener['name']} takes anybody's word"
        if not listener.get("networkPolicyPeers"):
            yield f"{listener['name']} may be reached from anywhere"
    if spec.get("authorization") != {"type": "simple"}:
        yield "everybody may do everything"
    if spec["config"]["auto.create.topics.enable"] is not False:
        yield "makes topics by accident"


@policy(
    kind("KafkaTopic"),
    lambda c: c.one("KafkaTopic", "entrepot.order.v1")["spec"].update(replicas=9),
    lambda c: c.one("KafkaTopic", "entrepot.order.v1")["spec"]["config"].update(
        {"retention.ms": "604800000"}
    ),
    lambda c: c.one("KafkaTopic", "entrepot.order.v1")["spec"]["config"].update(
        {"cleanup.policy": "compact"}
    ),
)
def topic_keeps_facts_for_ever(topic: Manifest, cluster: Cluster) -> Iterator[str]:
    config, brokers = topic["spec"]["config"], cluster.one("KafkaNodePool", "broker")
    kept = (config["cleanup.policy"], config["retention.ms"], config["retention.bytes"])
    if kept != ("delete", "-1", "-1"):
        yield "forgets"
    if topic["spec"]["replicas"] > brokers["spec"]["replicas"]:
        yield "wants more copies than there are brokers"


# Certificates


@policy(
    kind("Certificate"),
    lambda c: c.one("Certificate", "returns-api-tls")["spec"].update(duration="87600h"),
    lambda c: c.one("Certificate", "returns-api-tls")["spec"].pop("renewBefore"),
    lambda c: c.one("Certificate", "returns-api-tls")["spec"]["privateKey"].update(
        rotationPolicy="Never"
    ),
    lambda c: c.one("Certificate", "returns-api-tls")["spec"]["issuerRef"].update(
        name="self-signed"
    ),
    lambda c: c.one("Certificate", "returns-api-tls")["spec"].pop("usages"),
)
def certificate_is_short_lived(certificate: Manifest, cluster: Cluster) -> Iterator[str]:
    spec = certificate["spec"]
    issuers = {it["metadata"]["name"] for it in cluster.all("Issuer")}
    if spec["issuerRef"]["name"] not in issuers:
        yield "nobody issues it"
    if spec["privateKey"].get("rotationPolicy") != "Always":
        yield "keeps its key for ever"
    if spec.get("isCA"):
        return
    hours = [int(spec.get(it, "0h").rstrip("h")) for it in ("duration", "renewBefore")]
    if hours[0] > 90 * 24 or not 0 < hours[1] < hours[0]:
        yield "lives too long, or is renewed too late"
    if spec["issuerRef"]["name"] == "self-signed" or len(spec.get("usages", [])) != 1:
        yield "proves nothing, or too much"


# What watches


def relabels(cluster: Cluster) -> list[Manifest]:
    [endpoint] = cluster.one("PodMonitor", "processes")["spec"]["podMetricsEndpoints"]
    found: list[Manifest] = endpoint["relabelings"]
    return found


@policy(
    lambda c: [c.one("PodMonitor", "processes")],
    lambda c: relabels(c).clear(),
    lambda c: relabels(c)[0].update(sourceLabels=["__meta_kubernetes_namespace"]),
    lambda c: c.one("PodMonitor", "processes")["spec"]["selector"]["matchExpressions"][0].update(
        values=["api"]
    ),
)
def monitor_sees_every_process_as_its_service(monitor: Manifest, cluster: Cluster) -> Iterator[str]:
    for pod in cluster.processes():
        if not selects(monitor["spec"]["selector"], pod.labels):
            yield f"does not see {pod.name}"
    named = {
        "sourceLabels": ["__meta_kubernetes_pod_label_app_kubernetes_io_name"],
        "targetLabel": "service",
    }
    for endpoint in monitor["spec"]["podMetricsEndpoints"]:
        if named not in endpoint["relabelings"]:
            yield "leaves out the label that rules and dashboards go by"


# All of them


@policy(
    everything,
    lambda c: c.one("Service", "returns-api")["metadata"].update(namespace="default"),
    lambda c: c.one("KafkaUser", "returns-kafka")["metadata"].pop("labels"),
)
def belongs_to_entrepot(manifest: Manifest, _: Cluster) -> Iterator[str]:
    metadata = manifest["metadata"]
    if manifest["kind"] == "Namespace":
        enforced = metadata["labels"]["pod-security.kubernetes.io/enforce"]
        if (metadata["name"], enforced) != ("entrepot", "restricted"):
            yield "lets in pods that are not restricted"
    elif metadata["namespace"] != "entrepot":
        yield f"lies in {metadata['namespace']}"
    if metadata.get("labels", {}).get("app.kubernetes.io/part-of") != "entrepot":
        yield "does not say what it is part of"


@policy(
    kind("Service"),
    lambda c: c.one("Service", "returns-api")["spec"]["selector"].update(
        {"app.kubernetes.io/name": "x"}
    ),
    lambda c: c.one("Service", "returns-api")["spec"]["ports"][0].update(targetPort="web"),
    lambda c: c.one("Service", "returns-api")["spec"].update(type="LoadBalancer"),
)
def service_finds_its_pods(service: Manifest, cluster: Cluster) -> Iterator[str]:
    spec = service["spec"]
    found = [it for it in cluster.pods() if spec["selector"].items() <= it.labels.items()]
    ports = {port["name"] for it in found for port in it.main.get("ports", [])}
    if len(found) != 1 or not {it["targetPort"] for it in spec["ports"]} <= ports:
        yield "leads nowhere"
    if spec.get("type", "ClusterIP") != "ClusterIP":
        yield "opens the cluster to the world"


def selects(selector: Manifest, labels: dict[str, str]) -> bool:
    """As Kubernetes does, for the two operators that are in use."""
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        labels.get(it["key"]) in it["values"] if it["operator"] == "In" else it["key"] in labels
        for it in selector.get("matchExpressions", [])
    )
