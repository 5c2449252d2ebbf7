"""Whatever is wrong with a call, it is refused by a reason that its caller can act on.

Methods, fields and rules are read from the protos, so that a method that is added is held to
this from the same day.
"""

from __future__ import annotations

import importlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
import pytest_asyncio
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status

from deploy.local.home import Home
from deploy.local.postgres import PostgresServer
from deploy.local.tokens import ROLES, ensure_keys, mint
from libs.contracts.common.v1 import options_pb2
from libs.domain import derived_id
from libs.eventstore import PostgresRecorder
from libs.rpc import RunningServer, TokenAuthenticator, serve
from libs.rpc.catalogue import COMMON, domain_of, reasons_of
from libs.runtime.anatomy import Service
from libs.runtime.migrations import migrate
from libs.runtime.settings import Settings
from tests.architecture.tree import SERVED, methods, service_file
from tests.system.requests import spoilt, well_formed

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE_S = 20
NOBODY = "nobody-of-that-name"
CODES = {code.value[0]: code for code in grpc.StatusCode}
DENIED = grpc.StatusCode.PERMISSION_DENIED
FAULTS = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.UNIMPLEMENTED}
METHODS = {
    f"{service}.{method.name}": method
    for service in SERVED
    for method in methods(service_file(service))
}
every_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a call ended, or one item of a batch."""

    code: grpc.StatusCode
    text: str = ""
    reason: str = ""
    domain: str = ""
    fields: tuple[str, ...] = ()

    @staticmethod
    def of(status: Status) -> Answer:
        info, bad = ErrorInfo(), BadRequest()
        for detail in status.details:
            detail.Unpack(info)
            detail.Unpack(bad)
        fields = tuple(it.field for it in bad.field_violations)
        return Answer(CODES[status.code], status.message, info.reason, info.domain, fields)


OK = Answer(grpc.StatusCode.OK)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Whoever calls."""

    home: Home

    def of(self, role: str, *scopes: str, ttl_hours: float = 1) -> str:
        """Somebody with a role, who is nobody that a request names."""
        return mint(
            self.home,
            role=role,
            subject=NOBODY,
            scopes=scopes,
            merchant=NOBODY if role == "merchant" else None,
            ttl=timedelta(hours=ttl_hours),
        )

    def fit(self, method: MethodDescriptor, role: str | None = None) -> str:
        """Somebody who may call a method; by choice not one whose own things only they may see."""
        access = access_of(method)
        return self.of(role or max(roles_of(method), key=_rank), access.scope)


def _rank(role: str) -> int:
    return ["buyer", "creator", "merchant", "finance", "ops", "service"].index(role)


@dataclass(frozen=True, slots=True)
class Door:
    """The six services in one process, as a caller finds them."""

    services: dict[str, Service[PostgresRecorder]]
    channels: dict[str, grpc.aio.Channel]
    tokens: Tokens

    async def call(
        self, method: MethodDescriptor, request: Message | bytes, token: str | None
    ) -> Answer:
        """The answer; of a batch, that of its first item."""
        channel = self.channels[service_of(method)]
        path = f"/{method.containing_service.full_name}/{method.name}"
        raw = request if isinstance(request, bytes) else request.SerializeToString()
        metadata = [("authorization", f"Bearer {token}")] if token is not None else []
        try:
            if method.server_streaming:
                stream = channel.unary_stream(path, None, None)
                async for _ in stream(raw, metadata=metadata, timeout=PATIENCE_S):
                    break
                return OK
            unary = channel.unary_unary(path, None, None)
            answered = await unary(raw, metadata=metadata, timeout=PATIENCE_S)
        except grpc.aio.AioRpcError as error:
            trailer = cast("grpc.aio.Metadata", error.trailing_metadata())
            details = trailer.get("grpc-status-details-bin")
            if details is None:
                return Answer(error.code(), error.details() or "")
            return Answer.of(Status.FromString(details))
        if "requests" not in method.input_type.fields_by_name:
            return OK
        response: Any = GetMessageClass(method.output_type).FromString(answered)
        (result,) = response.results
        return Answer.of(result.error) if result.HasField("error") else OK

    async def facts(self, method: MethodDescriptor) -> int:
        pool = self.services[service_of(method)].recorder.pool
        return int(await pool.fetchval("select count(*) from fact"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(postgres: PostgresServer) -> AsyncIterator[Door]:
    """The six as their wirings make them, on empty databases. Nothing relays or consumes."""
    folder = Path(tempfile.mkdtemp(prefix="entrepot-"))
    home = Home(folder)
    home.prepare()
    ensure_keys(home)
    services: dict[str, Service[PostgresRecorder]] = {}
    servers: list[RunningServer] = []
    channels: dict[str, grpc.aio.Channel] = {}
    for name in SERVED:
        settings = Settings(
            database=postgres.database(f"refusals_{name}"),
            kafka="127.0.0.1:1",
            jwks=home.jwks,
            vault_key=home.vault_key,
        )
        await migrate(settings.database, name)
        services[name] = await importlib.import_module(f"services.{name}.wiring").build(settings)
        keys = TokenAuthenticator(settings.jwks, issuer=settings.issuer, audience=settings.audience)
        server = await serve(services[name].grpc, listen="127.0.0.1:0", authenticator=keys)
        servers.append(server)
        channels[name] = grpc.aio.insecure_channel(server.address)
    yield Door(services, channels, Tokens(home))
    for channel in channels.values():
        await channel.close(None)
    for server in servers:
        await server.drain(0)
    for name, service in services.items():
        await service.recorder.stop()
        postgres.drop(f"refusals_{name}")
    shutil.rmtree(folder)


def service_of(method: MethodDescriptor) -> str:
    service: str = method.containing_service.file.package.split(".")[1]
    return service


def access_of(method: MethodDescriptor) -> options_pb2.Access:
    access: options_pb2.Access = method.GetOptions().Extensions[options_pb2.access]
    return access


def roles_of(method: MethodDescriptor) -> set[str]:
    names = (options_pb2.Role.Name(role) for role in access_of(method).roles)
    return {name.removeprefix("ROLE_").lower() for name in names}


@cache
def catalogue(service: str) -> dict[str, grpc.StatusCode]:
    own = service_file(service).enum_types_by_name["ErrorReason"]
    return {**dict(reasons_of(COMMON)), **dict(reasons_of(own))}


def complaints(method: MethodDescriptor, how: str, answer: Answer) -> Iterator[str]:
    """What is wrong with a refusal."""
    if answer.code in FAULTS:
        yield f"{how}: a fault of ours, {answer.code.name} {answer.text}"
        return
    if answer.reason not in catalogue(service_of(method)):
        yield f"{how}: {answer.code.name} for no reason that is declared: {answer.reason!r}"
    elif catalogue(service_of(method))[answer.reason] is not answer.code:
        yield f"{how}: {answer.reason} is not {answer.code.name}"
    if answer.domain != domain_of(method.containing_service.file):
        yield f"{how}: of the domain {answer.domain!r}"
    if answer.code is grpc.StatusCode.INVALID_ARGUMENT and not any(answer.fields):
        yield f"{how}: {answer.reason} of no field: {answer.text}"


@every_method
async def test_what_is_malformed_is_refused_by_its_field(
    method: MethodDescriptor, door: Door
) -> None:
    token = door.tokens.fit(method)
    before = await door.facts(method)
    problems: list[str] = []

    for wrong in spoilt(method.input_type):
        answer = await door.call(method, wrong.request, token)
        if answer.code is grpc.StatusCode.INVALID_ARGUMENT:
            problems.extend(complaints(method, wrong.how, answer))
        else:
            problems.append(f"{wrong.how}: {answer.code.name} {answer.reason} {answer.text}")

    assert problems == []
    assert await door.facts(method) == before


@every_method
async def test_what_cannot_be_decoded_is_refused(method: MethodDescriptor, door: Door) -> None:
    before = await door.facts(method)

    answer = await door.call(method, b"\xff\xff\xff", door.tokens.fit(method))

    assert (answer.code, answer.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "INVALID_REQUEST",
    )
    assert await door.facts(method) == before


@every_method
async def test_who_may_not_call_is_refused(method: MethodDescriptor, door: Door) -> None:
    access, request = access_of(method), well_formed(method.input_type)
    (role, *_) = roles_of(method)
    strangers = sorted(set(ROLES) - roles_of(method))
    before = await door.facts(method)

    answers = {
        "no token": await door.call(method, request, None),
        "no token of ours": await door.call(method, request, "e30.e30.e30"),
        "expired": await door.call(
            method, request, door.tokens.of(role, access.scope, ttl_hours=-1)
        ),
        "without the scope": await door.call(method, request, door.tokens.of(role, "tea.make")),
    }
    for stranger in strangers:
        token = door.tokens.of(stranger, access.scope)
        answers[f"as {stranger}"] = await door.call(method, request, token)

    assert {how: answer.reason for how, answer in answers.items()} == {
        "no token": "UNAUTHENTICATED",
        "no token of ours": "UNAUTHENTICATED",
        "expired": "TOKEN_EXPIRED",
        "without the scope": "PERMISSION_DENIED",
        **{f"as {stranger}": "PERMISSION_DENIED" for stranger in strangers},
    }
    assert [it for how, answer in answers.items() for it in complaints(method, how, answer)] == []
    assert await door.facts(method) == before


OWNERS = ("buyer", "creator", "merchant")
"""Who may touch what is their own, and nothing else."""
FOREIGN = [
    pytest.param(method, role, id=f"{name}-{role}")
    for name, method in METHODS.items()
    for role in OWNERS
    if role in roles_of(method) and access_of(method).scope.endswith(".write")
]


@pytest.mark.parametrize(("method", "role"), FOREIGN)
async def test_nobody_writes_what_is_anothers(
    method: MethodDescriptor, role: str, door: Door
) -> None:
    before = await door.facts(method)

    answer = await door.call(method, well_formed(method.input_type), door.tokens.fit(method, role))

    assert answer.code is not grpc.StatusCode.OK
    assert list(complaints(method, role, answer)) == []
    assert await door.facts(method) == before


NAMING = {name: it for name, it in METHODS.items() if "name" in it.input_type.fields_by_name}
"""Methods that say what they are about by its name."""
HARMLESS = {
    "order.EraseBuyer": "who never bought can ask to be forgotten, and cannot buy afterwards",
    "warehouse.ReleaseReservation": "a release may come first, and holds the reservation off",
}
"""Those that may be asked of what is not there, each with the reason."""


@pytest.mark.parametrize(
    "method",
    [pytest.param(it, id=name) for name, it in NAMING.items() if name not in HARMLESS],
)
async def test_what_is_unknown_is_refused(method: MethodDescriptor, door: Door) -> None:
    before = await door.facts(method)

    answer = await door.call(method, well_formed(method.input_type), door.tokens.fit(method))

    assert answer.code is not grpc.StatusCode.OK
    assert list(complaints(method, "unknown", answer)) == []
    assert await door.facts(method) == before


WRITES = {
    name: method
    for name, method in METHODS.items()
    if "request_id" in method.input_type.fields_by_name
}


@pytest.mark.parametrize("method", WRITES.values(), ids=WRITES)
async def test_a_request_id_is_of_one_request(method: MethodDescriptor, door: Door) -> None:
    """Last, since of those that need nothing else to be there the first request is carried out."""
    token = door.tokens.fit(method)
    one, other = (_numbered(method, other=it) for it in (False, True))

    first = await door.call(method, one, token)
    before = await door.facts(method)
    again = await door.call(method, one, token)
    unchanged = await door.facts(method) == before
    second = await door.call(method, other, token)

    assert again == first
    assert unchanged
    if first == OK and one != other:
        assert second != OK, "the id was used for another request"
    if second != OK:
        assert list(complaints(method, "other", second)) == []
        assert await door.facts(method) == before


def _numbered(method: MethodDescriptor, *, other: bool) -> Message:
    """A request under an id that no other method's requests have."""
    request: Any = well_formed(method.input_type, other=other)
    request.request_id = str(derived_id(method.full_name))
    return cast("Message", request)
