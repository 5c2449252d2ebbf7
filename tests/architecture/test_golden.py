"""What was ever written can be read: facts in the bytes that they were first told in."""

import pytest

from tests.architecture.golden.book import (
    PUBLIC,
    STORED,
    Line,
    lines,
    public_samples,
    read_public,
    read_stored,
    stored_samples,
)


@pytest.mark.parametrize("line", lines(PUBLIC), ids=lambda line: line.fact)
def test_a_public_fact_still_says_what_it_said(line: Line) -> None:
    assert read_public(line) == line.says


@pytest.mark.parametrize("line", lines(STORED), ids=lambda line: line.fact)
def test_a_stored_fact_still_says_what_it_said(line: Line) -> None:
    assert read_stored(line).items() >= line.says.items()


def test_every_fact_has_its_golden_line() -> None:
    """If not: `python -m tests.architecture.golden`, and commit what it adds."""
    kept = [*lines(PUBLIC), *lines(STORED)]

    missing = [it.fact for it in (*public_samples(), *stored_samples()) if it not in kept]

    assert missing == []


def test_a_field_that_changes_its_number_or_goes_is_seen() -> None:
    (line,) = [it for it in lines(PUBLIC) if it.fact == "entrepot.payment.v1.PaymentCaptured"]
    moved = line._replace(says={"renamed": "payment_id"} | line.says)

    assert read_public(moved) != moved.says
