"""Adjusting: the ledger's own service, called over gRPC to post on one payee's account."""

from __future__ import annotations

from pathlib import Path

from google.protobuf.timestamp_pb2 import Timestamp
from google.type import money_pb2

from deploy.local.home import Home
from deploy.local.postgres import PostgresServer
from deploy.local.tokens import AUDIENCE, ISSUER, ensure_keys, mint
from libs.client import patiently
from libs.contracts.ledger.v1 import events_pb2
from libs.contracts.ledger.v1 import ledger_service_pb2 as pb
from libs.contracts.ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from libs.rpc import TokenAuthenticator, connect, serve
from libs.runtime.ids import new_id
from libs.runtime.settings import Settings
from services.ledger.wiring import build
from tests.benchmarks.callers import a_second
from tests.benchmarks.servers import database, folder

WHEN = Timestamp(seconds=1_772_323_200)


async def adjustments_a_second(server: PostgresServer, seconds: float, *, callers: int) -> float:
    """Unary calls, through all interceptors, by callers that each wait for their answers."""
    with folder() as place:
        async with database(server, "ledger") as dsn:
            return await _adjustments_a_second(place, dsn, seconds, callers)


async def _adjustments_a_second(place: Path, dsn: str, seconds: float, callers: int) -> float:
    home = Home(place)
    home.prepare()
    ensure_keys(home)
    token = mint(home, role="service", subject="bench", scopes=["ledger.import"])
    service = await build(Settings(database=dsn, kafka="", jwks=home.jwks))
    serving = await serve(
        service.grpc,
        listen="127.0.0.1:0",
        authenticator=TokenAuthenticator(home.jwks, issuer=ISSUER, audience=AUDIENCE),
    )
    try:
        async with connect(serving.address, token, deadline_s=30) as channel:
            stub = LedgerServiceStub(channel)

            async def adjust() -> int:
                await patiently(stub.PostAdjustment, _request())
                return 1

            return await a_second(adjust, seconds, callers=callers)
    finally:
        await serving.drain(0)
        await service.recorder.stop()


def _request() -> pb.PostAdjustmentRequest:
    return pb.PostAdjustmentRequest(
        request_id=str(new_id()),
        payee=pb.PayeeAccount(
            role=events_pb2.PAYEE_ROLE_MERCHANT, payee="hot", legal_entity="EU", currency="GBP"
        ),
        kind=pb.ADJUSTMENT_KIND_MANUAL,
        reason="bench",
        amount=money_pb2.Money(currency_code="GBP", units=1),
        effective_at=WHEN,
    )
