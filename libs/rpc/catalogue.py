"""The catalogue of reasons: which status and which name a refusal has on the wire.

A refusal `NotCapturable` is the reason NOT_CAPTURABLE: a value of the service's own `ErrorReason`
enum, or of the common one, and the value declares the status. What is in neither is a bug.
"""

import re
from collections.abc import Iterator
from functools import cache

import grpc
from google.protobuf.descriptor import EnumDescriptor, FileDescriptor

from libs.contracts.common.v1 import errors_pb2, options_pb2
from libs.domain import Refusal

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_CODES: dict[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}

COMMON = errors_pb2.CommonErrorReason.DESCRIPTOR


def reason_name(refusal: type[Refusal]) -> str:
    """The reason that a class of refusals has on the wire."""
    return reason_of(refusal.__name__)


def reason_of(name: str) -> str:
    """`NotCapturable` is NOT_CAPTURABLE."""
    return _WORD.sub("_", name).upper()


class Catalogue:
    """The reasons of one service, those it shares included."""

    def __init__(self, domain: str, *enums: EnumDescriptor) -> None:
        self.domain = domain
        self._codes = {name: code for enum in enums for name, code in reasons_of(enum)}
        self._known: dict[type[Refusal], tuple[grpc.StatusCode, str]] = {}

    @staticmethod
    @cache
    def of(file: FileDescriptor) -> "Catalogue":
        """The catalogue of the service declared in `file`."""
        own = file.enum_types_by_name.get("ErrorReason")
        return Catalogue(domain_of(file), COMMON, *([own] if own else []))

    def status_of(self, refusal: Refusal) -> tuple[grpc.StatusCode, str]:
        """Status and reason of a refusal; LookupError when nobody declared it."""
        kind = type(refusal)
        known = self._known.get(kind)
        if known is None:
            reason = reason_name(kind)
            if reason not in self._codes:
                raise LookupError(f"{kind.__qualname__}: no reason {reason} in {self.domain}")
            known = self._known[kind] = (self._codes[reason], reason)
        return known


def reasons_of(enum: EnumDescriptor) -> Iterator[tuple[str, grpc.StatusCode]]:
    """Reasons of an enum without their prefix, each with the status it declares."""
    prefix = f"{_WORD.sub('_', enum.name).upper()}_"
    for value in enum.values:
        if value.number != 0:
            status = value.GetOptions().Extensions[options_pb2.status]
            yield value.name.removeprefix(prefix), _CODES[status]


def domain_of(file: FileDescriptor) -> str:
    """`payment.entrepot` for what is declared in package `entrepot.payment.v1`."""
    product, service, *_ = file.package.split(".")
    return f"{service}.{product}"
