"""Merchant: somebody who sells, and the versions of what they and the platform agreed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from libs.domain import Aggregate, NotFound, RuleViolated, Started, derived_id, event


class NoTerms(RuleViolated):
    """Nothing of a merchant can be sold before there are terms to freeze on the order line."""


class FeeBasis(StrEnum):
    """What a percentage fee is taken of."""

    ITEM_NET = "ITEM_NET"
    CUSTOMER_PAYMENT_PLUS_PLATFORM_DISCOUNT_MINUS_TAX = (
        "CUSTOMER_PAYMENT_PLUS_PLATFORM_DISCOUNT_MINUS_TAX"
    )
    SUPPLY_PRICE = "SUPPLY_PRICE"
    FLAT_PER_UNIT = "FLAT_PER_UNIT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One version; it never changes. Shares in basis points, periods in days."""

    terms_id: UUID
    referral_basis_points: int
    fee_basis: FeeBasis
    referral_flat: int
    creator_basis_points: int
    partner_basis_points: int
    refund_administration_basis_points: int
    reserve_basis_points: int
    reserve_days: int
    settlement_hold_days: int
    commission_hold_days: int
    payout_currency: str
    minimum_payout: int


@dataclass(frozen=True, slots=True)
class DatedTerms:
    """A version, and the moment from which orders are placed under it."""

    terms: Terms
    effective_at: datetime


class Merchant(Aggregate):
    TOPIC = "catalog.Merchant"

    merchant_id: str
    display_name: str
    country: str
    agreed: tuple[DatedTerms, ...]

    class Registered(Started):
        TOPIC = "catalog.MerchantRegistered"
        merchant_id: str
        display_name: str
        country: str

    class TermsPut(Aggregate.Event):
        TOPIC = "catalog.TermsPut"
        merchant_id: str
        terms: Terms
        effective_at: datetime

    @event(Registered)
    def __init__(self, *, id: UUID, merchant_id: str, display_name: str, country: str) -> None:
        self.merchant_id = merchant_id
        self.display_name = display_name
        self.country = country
        self.agreed = ()

    @staticmethod
    def stream(merchant_id: str) -> UUID:
        return derived_id("merchant", merchant_id)

    def seen_by(self, seller: str | None) -> Self:
        """The merchant themselves and the platform (None) find it; a stranger finds nothing."""
        if seller not in {None, self.merchant_id}:
            raise NotFound("no such merchant", field="name")
        return self

    def put_terms(self, terms: Terms, *, effective_at: datetime | None, now: datetime) -> None:
        self._terms_put(self.merchant_id, terms, max(effective_at or now, now))

    def terms_at(self, moment: datetime) -> Terms | None:
        """What an order placed then is placed under; of versions of one moment, the last put."""
        in_force = [dated.terms for dated in self.agreed if dated.effective_at <= moment]
        return in_force[-1] if in_force else None

    def terms(self, terms_id: UUID) -> DatedTerms:
        for dated in self.agreed:
            if dated.terms.terms_id == terms_id:
                return dated
        raise NotFound("no such version of terms", field="name")

    def require_terms(self) -> None:
        if not self.agreed:
            raise NoTerms("put the merchant's terms first", merchant=self.merchant_id)

    @event(TermsPut)
    def _terms_put(self, merchant_id: str, terms: Terms, effective_at: datetime) -> None:
        versions = (*self.agreed, DatedTerms(terms, effective_at))
        self.agreed = tuple(sorted(versions, key=lambda dated: dated.effective_at))
