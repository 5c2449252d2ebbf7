"""Every refusal has one reason with a status, and every reason a refusal."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from google.protobuf.descriptor import EnumDescriptor

from libs.contracts.common.v1 import errors_pb2, options_pb2
from libs.domain import Refusal, RuleViolated
from libs.rpc.catalogue import COMMON, reason_name
from tests.architecture.tree import SERVED, refusals, service_file
from tests.protos import load_proto

KINDS = {"RuleViolated", "Malformed", "Refusal"}
"""What refusals are kinds of. NotFound and Forbidden also stand for themselves."""
OF_THE_DOOR = {"INTERNAL"}
"""Told of what is no refusal."""


def mismatches(kinds: Iterable[type[Refusal]], reasons: EnumDescriptor) -> Iterator[str]:
    """Where the refusals of the code and the reasons of an enum are not the same, one to one."""
    prefix = "COMMON_ERROR_REASON_" if reasons is COMMON else "ERROR_REASON_"
    declared = {value.name.removeprefix(prefix): value for value in reasons.values if value.number}
    counts = Counter(reason_name(kind) for kind in kinds)
    for name, count in counts.items():
        if name not in declared:
            yield f"{name} is refused for and not declared"
        if count > 1:
            yield f"{name} is what {count} refusals are called"
    for name, value in declared.items():
        if name not in counts:
            yield f"{name} is declared and never refused for"
        if not value.GetOptions().Extensions[options_pb2.status]:
            yield f"{name} has no status"


def of_service(service: str) -> list[type[Refusal]]:
    """Its own; those with a common name have the common reason."""
    common = {value.name.removeprefix("COMMON_ERROR_REASON_") for value in COMMON.values}
    return [kind for kind in refusals(f"services.{service}") if reason_name(kind) not in common]


@pytest.mark.parametrize("service", SERVED)
def test_every_refusal_of_a_service_is_one_reason_with_a_status(service: str) -> None:
    reasons = service_file(service).enum_types_by_name["ErrorReason"]

    assert list(mismatches(of_service(service), reasons)) == []


@pytest.mark.parametrize("service", SERVED)
def test_no_service_declares_a_common_reason_again(service: str) -> None:
    common = {value.name.removeprefix("COMMON_") for value in COMMON.values if value.number}
    reasons = service_file(service).enum_types_by_name["ErrorReason"]

    assert common.isdisjoint(value.name for value in reasons.values)


def test_every_refusal_of_the_libs_is_a_common_reason() -> None:
    """Two libs may refuse for the same reason; a reason that none has is the door's own."""
    names = {reason_name(kind) for kind in refusals("libs") if kind.__name__ not in KINDS}
    declared = {
        value.name.removeprefix("COMMON_ERROR_REASON_") for value in COMMON.values if value.number
    }

    assert names == declared - OF_THE_DOOR


def test_common_reasons_all_have_a_status() -> None:
    values = errors_pb2.CommonErrorReason.DESCRIPTOR.values
    without = [
        v.name for v in values if v.number and not v.GetOptions().Extensions[options_pb2.status]
    ]

    assert without == []


class Cracked(RuleViolated):
    """Planted: declared with a status."""


class Muffled(RuleViolated):
    """Planted: declared nowhere."""


class Silent(RuleViolated):
    """Planted: declared without a status."""


def test_a_mismatch_is_seen(tmp_path: Path) -> None:
    source = tmp_path / "planted_reasons.proto"
    source.write_text(
        """
        syntax = "proto3";
        package entrepot.planted_reasons.v1;
        import "entrepot/common/v1/options.proto";
        enum ErrorReason {
          ERROR_REASON_UNSPECIFIED = 0;
          ERROR_REASON_CRACKED = 1 [(entrepot.common.v1.status) = STATUS_FAILED_PRECONDITION];
          ERROR_REASON_SILENT = 2;
          ERROR_REASON_MELTED = 3 [(entrepot.common.v1.status) = STATUS_NOT_FOUND];
        }
        """
    )
    reasons = load_proto(source).enum_types_by_name["ErrorReason"]
    again = type("Cracked", (RuleViolated,), {})

    assert sorted(mismatches([Cracked, again, Muffled, Silent], reasons)) == [
        "CRACKED is what 2 refusals are called",
        "MELTED is declared and never refused for",
        "MUFFLED is refused for and not declared",
        "SILENT has no status",
    ]
