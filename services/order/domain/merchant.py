"""Merchant, as the catalog tells of them: the terms that their sales are made under."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.domain import Aggregate, RuleViolated, Started, event
from services.order.domain.words import FeeBasis


class TermsMissing(RuleViolated):
    """A merchant without terms in force cannot sell."""


@dataclass(frozen=True, slots=True)
class Terms:
    """One immutable version of what merchant and platform agreed; shares in basis points."""

    terms_id: str
    merchant_id: str
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
    """Terms, and from when they hold."""

    effective_at: datetime
    terms: Terms


class Merchant(Aggregate):
    """The versions of one merchant's terms, in the order in which they come into force."""

    TOPIC = "order.Merchant"

    merchant_id: str
    versions: tuple[DatedTerms, ...]

    class HeardOf(Started):
        TOPIC = "order.MerchantHeardOf"
        merchant_id: str

    class TermsLearnt(Aggregate.Event):
        TOPIC = "order.MerchantTermsLearnt"
        version: DatedTerms

    @event(HeardOf)
    def __init__(self, *, id: UUID, merchant_id: str) -> None:
        self.merchant_id = merchant_id
        self.versions = ()

    def learn_terms(self, version: DatedTerms) -> None:
        if version not in self.versions:
            self._terms_learnt(version=version)

    @event(TermsLearnt)
    def _terms_learnt(self, version: DatedTerms) -> None:
        place = bisect_right(self.versions, version.effective_at, key=lambda v: v.effective_at)
        self.versions = (*self.versions[:place], version, *self.versions[place:])

    def terms_at(self, now: datetime) -> Terms:
        """The terms in force; of two from the same moment, the one that came last."""
        place = bisect_right(self.versions, now, key=lambda v: v.effective_at)
        if place == 0:
            raise TermsMissing(f"merchant {self.merchant_id} has no terms in force")
        return self.versions[place - 1].terms
