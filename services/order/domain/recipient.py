"""Recipient: the person behind an order. Kept in the vault, and in no fact."""

from dataclasses import dataclass, field

from libs.domain import NotFound


class RecipientGone(NotFound):
    """The vault holds no recipient of this order, or no longer."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom an order is sent to; nothing of it shows where an object is printed."""

    full_name: str = field(repr=False)
    address_lines: tuple[str, ...] = field(repr=False)
    locality: str = field(repr=False)
    administrative_area: str = field(repr=False)
    postal_code: str = field(repr=False)
    contact_email: str = field(repr=False)
    contact_phone: str = field(repr=False)
