"""Agreement: how a payee wants to be paid, and from which amount on."""

from typing import NamedTuple
from uuid import UUID

from libs.domain import Aggregate, Started, derived_id, event


class PayoutTerms(NamedTuple):
    """Without an agreement: in the balance's own currency, from 100 minor units on, untaxed.

    `withholding` is the tax kept back from a payout, in basis points.
    """

    payout_currency: str = ""
    minimum_payout: int = 100
    withholding: int = 0


def agreement_id(payee: str) -> UUID:
    return derived_id("agreement", payee)


class Agreement(Aggregate):
    TOPIC = "ledger.Agreement"

    payee: str
    terms: PayoutTerms

    class Opened(Started):
        TOPIC = "ledger.AgreementOpened"
        payee: str

    class Changed(Aggregate.Event):
        TOPIC = "ledger.AgreementChanged"
        terms: PayoutTerms

    @event(Opened)
    def __init__(self, *, id: UUID, payee: str) -> None:
        self.payee = payee
        self.terms = PayoutTerms()

    def agree(self, terms: PayoutTerms) -> None:
        """From the next statement on."""
        if terms != self.terms:
            self._changed(terms=terms)

    @event(Changed)
    def _changed(self, terms: PayoutTerms) -> None:
        self.terms = terms
