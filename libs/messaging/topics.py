"""The topics, by declaration: nothing makes one by accident."""

from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

ALREADY_EXISTS = 36


@dataclass(frozen=True, slots=True)
class Topic:
    """Facts of one service, kept for ever; the number of partitions never changes."""

    name: str
    partitions: int = 12

    @property
    def settings(self) -> dict[str, str]:
        return {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}


SERVICES = ("catalog", "order", "payment", "warehouse", "returns", "ledger")
TOPICS = tuple(Topic(f"entrepot.{service}.v1") for service in SERVICES)


PARTITIONS_OF_ONE_MACHINE = 4
"""Each partition costs every reader a part of every fetch, whether or not anything is in it: there
are twelve so that twelve processes can share a service's work, and here one or two do."""


async def ensure_topics(
    bootstrap: str, *, partitions: int | None = None, replication: int = 1
) -> None:
    """Make those that are missing, with the partitions declared unless it is told how many.

    Raises `RuntimeError` with the broker's words on refusal.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        answer = await admin.create_topics(
            [
                NewTopic(
                    name=topic.name,
                    num_partitions=partitions or topic.partitions,
                    replication_factor=replication,
                    topic_configs=topic.settings,
                )
                for topic in TOPICS
            ]
        )
    finally:
        await admin.close()
    refused = [error for error in answer.topic_errors if error[1] not in (0, ALREADY_EXISTS)]
    if refused:
        raise RuntimeError(f"the broker refused topics: {refused}")
