"""The Kafka broker that the local stack and the suite run on."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.kafka import KafkaBroker, Node
from deploy.local.kafka_install import Jar, read_lock


async def test_a_restart_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    partition = TopicPartition("kept", 0)
    with KafkaBroker(tmp_path) as broker:
        await create_topic(broker.bootstrap, partition.topic)
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all")
        await producer.start()
        await producer.send_and_wait(partition.topic, b"a fact")
        await producer.stop()

        broker.stop()
        broker.start()

        consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap)
        await consumer.start()
        consumer.assign([partition])
        consumer.seek(partition, 0)
        message = await consumer.getone()
        await consumer.stop()

    assert message.value == b"a fact"


async def test_a_topic_is_never_made_by_mentioning_it(kafka: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.describe_topics(["misspelt"])
    topics = await admin.list_topics()
    await admin.close()

    assert "misspelt" not in topics


def test_a_node_of_three_replicates_to_all_and_waits_for_two() -> None:
    quorum = [Node(id=n, port=9000 + n, controller_port=9100 + n) for n in (1, 2, 3)]

    broker = KafkaBroker(Path("node-2"), node=quorum[1], quorum=quorum)

    properties = broker.properties()
    assert broker.bootstrap == "127.0.0.1:9001,127.0.0.1:9002,127.0.0.1:9003"
    assert properties["controller.quorum.voters"] == (
        "1@127.0.0.1:9101,2@127.0.0.1:9102,3@127.0.0.1:9103"
    )
    assert properties["node.id"] == "2"
    assert properties["offsets.topic.replication.factor"] == "3"
    assert properties["min.insync.replicas"] == "2"
    assert properties["unclean.leader.election.enable"] == "false"


def test_the_lock_pins_every_jar_by_its_hash() -> None:
    jars = read_lock()

    assert len(jars) == 33
    assert all(len(jar.sha256) == 64 for jar in jars)
    assert {jar.version for jar in jars if jar.group == "org.apache.kafka"} == {"4.3.1"}


@pytest.mark.parametrize("contents", [b"", b"another jar"])
def test_other_bytes_than_the_locked_ones_are_not_the_jar(tmp_path: Path, contents: bytes) -> None:
    jar = Jar(sha256="0" * 64, group="g", artifact="a", version="1")
    (tmp_path / jar.file_name).write_bytes(contents)

    assert not jar.is_at(tmp_path / jar.file_name)


async def create_topic(bootstrap: str, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    await admin.close()
