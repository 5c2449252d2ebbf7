"""Every reason has one name and one status, read from the protos."""

import grpc
import pytest

from libs.contracts.common.v1 import errors_pb2
from libs.domain import NotFound, Refusal
from libs.rpc import Catalogue, refusals
from libs.rpc.catalogue import COMMON, reason_name, reasons_of
from tests.libs.rpc.echo import SaidResult, TooLoud, Unheard

ECHO = Catalogue.of(SaidResult.DESCRIPTOR.file)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("NotCapturable", "NOT_CAPTURABLE"),
        ("StaleEtag", "STALE_ETAG"),
        ("SKUUnknown", "SKU_UNKNOWN"),
        ("Refused3DSecure", "REFUSED3_D_SECURE"),
        ("NotFound", "NOT_FOUND"),
    ],
)
def test_a_reason_is_the_name_of_its_refusal(name: str, reason: str) -> None:
    assert reason_name(type(name, (NotFound,), {})) == reason


def test_a_service_has_its_own_reasons_and_the_common_ones() -> None:
    assert ECHO.domain == "echo.entrepot"
    assert ECHO.status_of(TooLoud("")) == (grpc.StatusCode.FAILED_PRECONDITION, "TOO_LOUD")
    assert ECHO.status_of(NotFound("")) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")


def test_a_reason_that_nobody_declared_is_nowhere() -> None:
    with pytest.raises(LookupError, match="UNHEARD"):
        ECHO.status_of(Unheard(""))


def test_a_reused_request_id_is_something_else_that_exists() -> None:
    reasons = dict(reasons_of(COMMON))

    assert reasons["REQUEST_ID_REUSED"] is grpc.StatusCode.ALREADY_EXISTS
    assert reasons["OVERLOADED"] is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert reasons["STALE_ETAG"] is grpc.StatusCode.ABORTED


def test_every_common_reason_declares_a_status() -> None:
    values = errors_pb2.CommonErrorReason.DESCRIPTOR.values

    assert len(dict(reasons_of(COMMON))) == len(values) - 1
    assert grpc.StatusCode.OK not in dict(reasons_of(COMMON)).values()


def test_the_door_has_a_reason_for_each_of_its_refusals() -> None:
    own = [
        one
        for one in vars(refusals).values()
        if getattr(one, "__module__", "") == refusals.__name__
    ]
    named = {reason_name(one) for one in own if issubclass(one, Refusal)}

    assert named <= set(dict(reasons_of(COMMON)))
    assert "TOKEN_EXPIRED" in named
