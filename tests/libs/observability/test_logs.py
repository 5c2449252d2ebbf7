"""A log line holds nothing personal and nothing secret."""

import orjson
import pytest
import structlog

from libs.observability.logs import PRIVATE, configure_logs, places_of, without_private


@pytest.mark.parametrize("key", sorted(PRIVATE))
def test_what_may_be_personal_or_secret_is_left_out(key: str) -> None:
    line = without_private(None, "info", {"event": "seen", "order_id": "o-1", key: "Ada"})

    assert line == {"event": "seen", "order_id": "o-1", "hidden": [key]}


def test_what_is_nested_is_left_out_too() -> None:
    line = without_private(
        None, "info", {"event": "seen", "to": {"city": "London", "country": "GB"}}
    )

    assert line == {"event": "seen", "to": {"country": "GB"}, "hidden": ["to.city"]}


def test_an_exception_is_its_types_and_places_and_not_its_text(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    configure_logs("order", level="info")
    try:
        fail_for("Ada Lovelace")
    except RuntimeError:
        structlog.get_logger().exception("failed")

    printed = capfdbinary.readouterr().out
    line = orjson.loads(printed)
    assert b"Lovelace" not in printed
    assert line["error"] == "RuntimeError"
    assert line["places"][0].endswith(" fail_for")
    assert "KeyError led to RuntimeError" in line["places"]


def test_a_cause_that_was_set_aside_is_not_told() -> None:
    with pytest.raises(RuntimeError) as failed:
        fail_for("Ada Lovelace", tell_cause=False)

    assert not any("KeyError" in place for place in places_of(failed.value))


_PEOPLE: dict[str, str] = {}


def fail_for(name: str, *, tell_cause: bool = True) -> None:
    try:
        _PEOPLE[name]
    except KeyError as error:
        if tell_cause:
            raise RuntimeError(name) from error
        raise RuntimeError(name) from None


def test_a_group_of_exceptions_shows_each_of_them() -> None:
    places = places_of(ExceptionGroup("two", [KeyError("Zhang Mei"), ValueError("secret")]))

    assert "among them KeyError" in places
    assert "among them ValueError" in places
    assert not any("Zhang" in place or "secret" in place for place in places)
