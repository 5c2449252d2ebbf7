"""A connection that breaks under a request is a broken connection, on uvloop as well."""

import asyncio

import pytest
import uvloop
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from libs.messaging.connections import break_as_expected
from libs.runtime.waiting import yielded


async def ask_over_a_connection_that_broke() -> None:
    async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    broker = await asyncio.start_server(silence, "127.0.0.1", 0)
    host, port = broker.sockets[0].getsockname()
    connection = AIOKafkaConnection(host, port)
    connection._reader, connection._writer = await asyncio.open_connection(host, port)
    connection._read_task = asyncio.create_task(asyncio.Event().wait())
    connection._versions = {MetadataRequest.API_KEY: (0, 1)}
    connection._writer.transport.abort()
    await yielded()
    try:
        with pytest.raises(KafkaConnectionError):
            await connection.send(MetadataRequest([]))
        assert not connection.connected()
    finally:
        broker.close()


def test_a_request_to_a_broken_connection_fails_as_such() -> None:
    break_as_expected()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(ask_over_a_connection_that_broke())
