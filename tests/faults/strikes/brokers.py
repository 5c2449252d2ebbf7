"""Brokers of a cluster of three, by what they are when they die."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.stack import KAFKA
from libs.runtime.clock import monotonic
from tests.faults.trial import Trial


async def kill_leader(trial: Trial) -> float:
    """The broker that leads a partition of what order tells."""
    async with asked(trial) as admin:
        described = await admin.describe_topics(["entrepot.order.v1"])
    leader = described[0]["partitions"][0]["leader"]
    return await _kill_broker(trial, leader)


async def kill_coordinator(trial: Trial) -> float:
    async with asked(trial) as admin:
        return await _kill_broker(trial, await admin.find_coordinator("entrepot.order"))


async def kill_controller(trial: Trial) -> float:
    async with asked(trial) as admin:
        described = await admin.describe_cluster()
    return await _kill_broker(trial, described["controller_id"])


async def kill_two(trial: Trial) -> float:
    """What is left has no quorum: nothing can be published, and orders are still taken."""
    killed = trial.chance.sample(trial.machine.brokers, k=2)
    trial.machine.kill(*killed)
    return monotonic()


async def _kill_broker(trial: Trial, number: int) -> float:
    trial.machine.kill(f"{KAFKA}.{number}")
    return monotonic()


@asynccontextmanager
async def asked(trial: Trial) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client for a question."""
    admin = AIOKafkaAdminClient(bootstrap_servers=trial.machine.bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()
