"""Who promotes, and under which agency."""

import pytest

from libs.testing import fact, given, recorded
from services.catalog.domain import AgencyMissing, Creator

MEI = {"creator_id": "mei", "handle": "@mei"}


def mei() -> Creator:
    return given(
        Creator, fact(Creator.Registered, **MEI, agency_id="stars", agency_basis_points=2000)
    )


def test_a_creator_changes_their_agency() -> None:
    creator = mei()

    creator.change_agency("", agency_basis_points=0)

    assert recorded(creator) == [
        fact(Creator.AgencyChanged, **MEI, agency_id="", agency_basis_points=0)
    ]


def test_a_change_to_the_same_agency_is_none() -> None:
    creator = mei()

    creator.change_agency("stars", agency_basis_points=2000)

    assert recorded(creator) == []


def test_a_share_is_for_an_agency_that_is_named() -> None:
    creator = mei()

    with pytest.raises(AgencyMissing):
        creator.change_agency("", agency_basis_points=2000)
    with pytest.raises(AgencyMissing):
        Creator.register(**MEI, agency_id="", agency_basis_points=2000)

    assert recorded(creator) == []
