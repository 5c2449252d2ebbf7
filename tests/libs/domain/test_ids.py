"""Ids that follow from what they identify."""

from uuid import UUID

from libs.domain import derived_id

REQUEST = UUID("6f0a1f5e-3b1c-5c0e-9d53-0e3d1b8f7a42")


def test_the_same_parts_give_the_same_id_for_ever() -> None:
    """The value is stored in facts: it must never change."""
    assert derived_id("order", REQUEST) == UUID("34897ae8-64fc-55a7-ab11-67153813ab69")


def test_other_parts_or_another_order_give_another_id() -> None:
    ids = {
        derived_id("order", REQUEST),
        derived_id("payment", REQUEST),
        derived_id("payment", REQUEST, 1),
        derived_id("payment", REQUEST, 2),
        derived_id(REQUEST, "order"),
    }

    assert len(ids) == 5


def test_a_uuid_and_its_text_are_the_same_part() -> None:
    assert derived_id("order", REQUEST) == derived_id("order", str(REQUEST))
