"""Every method says who may call it; every write can be repeated; every field is checked."""

from collections.abc import Iterator
from pathlib import Path

import protovalidate
import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor, FileDescriptor

from libs.contracts.buf.validate import validate_pb2
from libs.contracts.common.v1 import options_pb2
from tests.architecture.tree import DECLARED, messages_within, methods, service_file
from tests.protos import load_proto

FREE = {
    # What a boolean may be, its type says; singular messages are checked by their own fields.
    FieldDescriptor.TYPE_BOOL,
}
PAGE_MAX = 1000
UNCHECKED: dict[str, str] = {}
"""Fields that need no rule, each with the reason: `entrepot.order.v1.Place.note`."""


def nobody_may_call(file: FileDescriptor) -> Iterator[str]:
    for method in methods(file):
        access = method.GetOptions().Extensions[options_pb2.access]
        if not access.roles or options_pb2.ROLE_UNSPECIFIED in access.roles:
            yield f"{method.name} names no role"
        noun, _, verb = access.scope.partition(".")
        if not noun or not verb:
            yield f"{method.name} has the scope {access.scope!r}, which is no noun.verb"


def not_repeatable(file: FileDescriptor) -> Iterator[str]:
    """Methods that change something, without an id by which they can be sent again."""
    for method in methods(file):
        access = method.GetOptions().Extensions[options_pb2.access]
        fields = method.input_type.fields_by_name
        item = fields["requests"].message_type if "requests" in fields else None
        if item is not None:
            fields = item.fields_by_name
        if not access.scope.endswith(".read") and "request_id" not in fields:
            yield f"{method.name} changes something and has no request_id"


def unchecked_fields(file: FileDescriptor) -> Iterator[str]:
    """Fields of requests that may hold anything."""
    messages = {
        message.full_name: message
        for method in methods(file)
        for message in messages_within(method.input_type)
    }
    for message in messages.values():
        for field in message.fields:
            free = field.type in FREE or (field.message_type and not field.is_repeated)
            checked = field.GetOptions().HasExtension(validate_pb2.field)
            if not free and not checked and field.full_name not in UNCHECKED:
                yield f"{field.full_name} has no rule"


def endless_pages(file: FileDescriptor) -> Iterator[str]:
    """Lists of which one call could ask for everything."""
    for method in methods(file):
        size = method.input_type.fields_by_name.get("page_size")
        if size is None:
            continue
        most = size.GetOptions().Extensions[validate_pb2.field].int32.lte
        if not 0 < most <= PAGE_MAX:
            yield f"{method.name} gives pages of any size"


@pytest.mark.parametrize("service", DECLARED)
def test_every_method_says_who_may_call_it(service: str) -> None:
    assert list(nobody_may_call(service_file(service))) == []


@pytest.mark.parametrize("service", DECLARED)
def test_every_write_can_be_sent_again(service: str) -> None:
    assert list(not_repeatable(service_file(service))) == []


@pytest.mark.parametrize("service", DECLARED)
def test_every_field_of_a_request_has_a_rule(service: str) -> None:
    assert list(unchecked_fields(service_file(service))) == []


@pytest.mark.parametrize("service", DECLARED)
def test_every_page_has_an_end(service: str) -> None:
    assert list(endless_pages(service_file(service))) == []


@pytest.mark.parametrize("service", DECLARED)
def test_every_rule_can_be_evaluated(service: str) -> None:
    """A rule that does not compile would make an incident of every call."""
    for method in methods(service_file(service)):
        protovalidate.collect_violations(message_factory.GetMessageClass(method.input_type)())


def test_a_breach_is_seen(tmp_path: Path) -> None:
    source = tmp_path / "planted_methods.proto"
    source.write_text(
        """
        syntax = "proto3";
        package entrepot.planted_methods.v1;
        import "buf/validate/validate.proto";
        import "entrepot/common/v1/options.proto";
        import "google/protobuf/timestamp.proto";
        service PlantedService {
          rpc Whisper(WhisperRequest) returns (Whispered);
          rpc Shout(ShoutRequest) returns (Whispered) {
            option (entrepot.common.v1.access) = {roles: [ROLE_OPS] scope: "noise.write"};
          }
          rpc BatchShout(BatchShoutRequest) returns (Whispered) {
            option (entrepot.common.v1.access) = {roles: [ROLE_OPS] scope: "noise.write"};
          }
          rpc Listen(WhisperRequest) returns (Whispered) {
            option (entrepot.common.v1.access) = {roles: [ROLE_OPS] scope: "noise.read"};
          }
        }
        message WhisperRequest {
          string text = 1 [(buf.validate.field).string.max_len = 10];
          bool softly = 2;
          int32 page_size = 4 [(buf.validate.field).int32.gte = 0];
          google.protobuf.Timestamp at = 3;
        }
        message ShoutRequest {
          Words words = 1;
        }
        message BatchShoutRequest {
          repeated ShoutRequest requests = 1 [(buf.validate.field).repeated.max_items = 10];
        }
        message Words {
          string first = 1;
          repeated string others = 2;
          repeated Words more = 3 [(buf.validate.field).repeated.max_items = 3];
        }
        message Whispered {}
        """
    )
    file = load_proto(source)

    assert list(nobody_may_call(file)) == [
        "Whisper names no role",
        "Whisper has the scope '', which is no noun.verb",
    ]
    assert list(not_repeatable(file)) == [
        "Whisper changes something and has no request_id",
        "Shout changes something and has no request_id",
        "BatchShout changes something and has no request_id",
    ]
    assert list(endless_pages(file)) == [
        "Whisper gives pages of any size",
        "Listen gives pages of any size",
    ]
    assert list(unchecked_fields(file)) == [
        "entrepot.planted_methods.v1.Words.first has no rule",
        "entrepot.planted_methods.v1.Words.others has no rule",
    ]
