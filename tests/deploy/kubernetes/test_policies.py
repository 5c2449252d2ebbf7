"""Each rule holds for each workload of each overlay, and notices each breach planted in it."""

import pytest

from tests.deploy.kubernetes.cluster import OVERLAYS, rendered
from tests.deploy.kubernetes.policies import POLICIES, Plant, Policy

PLANTS = [
    pytest.param(policy, plant, id=f"{policy.name}-{number}")
    for policy in POLICIES
    for number, plant in enumerate(policy.plants, start=1)
]


@pytest.mark.parametrize("policy", POLICIES, ids=lambda it: it.name)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_rule_holds(overlay: str, policy: Policy) -> None:
    cluster = rendered(overlay)

    assert policy.subjects(cluster), "a rule about nothing holds always"
    assert policy.broken_in(cluster) == []


@pytest.mark.parametrize(("policy", "plant"), PLANTS)
def test_a_rule_notices_a_breach(policy: Policy, plant: Plant) -> None:
    cluster = rendered("prod-eu").altered()

    plant(cluster)

    assert policy.broken_in(cluster)


def test_every_rule_was_shown_to_notice_something() -> None:
    assert [it.name for it in POLICIES if not it.plants] == []
