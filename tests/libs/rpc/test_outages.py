"""What passes by itself is no incident: the caller may come again."""

import asyncpg
import pytest

from libs.rpc.outages import outage
from libs.rpc.refusals import Overloaded, Unavailable


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.ConnectionDoesNotExistError("gone in the middle"),
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.InvalidPasswordError("it is being changed"),
        asyncpg.InterfaceError("connection is closed"),
        ConnectionRefusedError(),
        OSError("Multiple exceptions: one for each address"),
        TimeoutError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_database_that_is_away_is_unavailable(error: Exception) -> None:
    assert isinstance(outage(error), Unavailable)


@pytest.mark.parametrize("error", [asyncpg.DiskFullError(), asyncpg.TooManyConnectionsError()])
def test_a_database_that_is_full_is_overload(error: Exception) -> None:
    assert isinstance(outage(error), Overloaded)


@pytest.mark.parametrize("error", [asyncpg.UndefinedTableError(), ValueError(), KeyError()])
def test_a_bug_is_no_outage(error: Exception) -> None:
    assert outage(error) is None
