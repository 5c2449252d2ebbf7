"""What merchants and the platform agree."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from libs.domain import NotFound
from libs.testing import fact, given, recorded
from services.catalog.domain import Merchant, NoTerms
from tests.services.catalog.samples import NOW, TERMS, TOMORROW, YESTERDAY

BETTER = replace(TERMS, terms_id=UUID(int=3), referral_basis_points=500)


def merchant() -> Merchant:
    return given(
        Merchant,
        fact(Merchant.Registered, merchant_id="silk-road", display_name="Silk Road", country="CN"),
    )


def test_terms_apply_from_the_moment_they_are_dated_for() -> None:
    seller = merchant()

    seller.put_terms(TERMS, effective_at=None, now=NOW)
    seller.put_terms(BETTER, effective_at=TOMORROW, now=NOW)

    assert seller.terms_at(YESTERDAY) is None
    assert seller.terms_at(NOW) == TERMS
    assert seller.terms_at(TOMORROW - timedelta(microseconds=1)) == TERMS
    assert seller.terms_at(TOMORROW) == BETTER


def test_terms_are_never_put_backwards() -> None:
    seller = merchant()

    seller.put_terms(TERMS, effective_at=YESTERDAY, now=NOW)

    assert recorded(seller) == [
        fact(Merchant.TermsPut, merchant_id="silk-road", terms=TERMS, effective_at=NOW)
    ]


def test_of_two_versions_for_one_moment_the_last_put_applies() -> None:
    seller = merchant()

    seller.put_terms(TERMS, effective_at=TOMORROW, now=NOW)
    seller.put_terms(BETTER, effective_at=TOMORROW, now=NOW)

    assert seller.terms_at(TOMORROW) == BETTER


def test_a_version_stays_as_it_was() -> None:
    seller = merchant()
    seller.put_terms(TERMS, effective_at=None, now=NOW)

    seller.put_terms(BETTER, effective_at=None, now=NOW)

    assert seller.terms(TERMS.terms_id).terms == TERMS


def test_a_version_that_was_never_put_is_not_found() -> None:
    with pytest.raises(NotFound):
        merchant().terms(TERMS.terms_id)


def test_nothing_is_sold_without_terms() -> None:
    with pytest.raises(NoTerms):
        merchant().require_terms()


def test_a_merchant_does_not_find_another() -> None:
    with pytest.raises(NotFound):
        merchant().seen_by("somebody-else")
