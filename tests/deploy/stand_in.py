"""A service that does nothing but serve: health over gRPC, until SIGTERM."""

import asyncio
import os
import signal

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer


async def main() -> None:
    server = grpc.aio.server()
    servicer = HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    await servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    server.add_insecure_port(os.environ["ENTREPOT_LISTEN"])
    await server.start()
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM, lambda: asyncio.ensure_future(server.stop(1))
    )
    print(f"{os.environ['ENTREPOT_SERVICE']} serves", flush=True)
    await server.wait_for_termination()
    print(f"{os.environ['ENTREPOT_SERVICE']} is drained", flush=True)


asyncio.run(main())
