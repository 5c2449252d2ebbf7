"""Creator: somebody who promotes goods, alone or under an agency that takes a part."""

from uuid import UUID

from libs.domain import Aggregate, Malformed, Started, derived_id, event


class AgencyMissing(Malformed):
    """A share for an agency that is not named."""


class Creator(Aggregate):
    TOPIC = "catalog.Creator"

    creator_id: str
    handle: str
    agency_id: str
    agency_basis_points: int

    class Registered(Started):
        TOPIC = "catalog.CreatorRegistered"
        creator_id: str
        handle: str
        agency_id: str
        agency_basis_points: int

    class AgencyChanged(Aggregate.Event):
        TOPIC = "catalog.AgencyChanged"
        creator_id: str
        handle: str
        agency_id: str
        agency_basis_points: int

    @event(Registered)
    def __init__(
        self, *, id: UUID, creator_id: str, handle: str, agency_id: str, agency_basis_points: int
    ) -> None:
        self.creator_id = creator_id
        self.handle = handle
        self.agency_id = agency_id
        self.agency_basis_points = agency_basis_points

    @staticmethod
    def stream(creator_id: str) -> UUID:
        return derived_id("creator", creator_id)

    @classmethod
    def register(
        cls, *, creator_id: str, handle: str, agency_id: str, agency_basis_points: int
    ) -> "Creator":
        require_agency(agency_id, agency_basis_points)
        return cls(
            id=cls.stream(creator_id),
            creator_id=creator_id,
            handle=handle,
            agency_id=agency_id,
            agency_basis_points=agency_basis_points,
        )

    def change_agency(self, agency_id: str, *, agency_basis_points: int) -> None:
        """From now on; what was credited before keeps the agency it was credited under."""
        require_agency(agency_id, agency_basis_points)
        if (agency_id, agency_basis_points) != (self.agency_id, self.agency_basis_points):
            self._agency_changed(self.creator_id, self.handle, agency_id, agency_basis_points)

    @event(AgencyChanged)
    def _agency_changed(
        self, creator_id: str, handle: str, agency_id: str, agency_basis_points: int
    ) -> None:
        self.agency_id = agency_id
        self.agency_basis_points = agency_basis_points


def require_agency(agency_id: str, agency_basis_points: int) -> None:
    if agency_basis_points and not agency_id:
        raise AgencyMissing("name the agency that takes the share", field="agency_id")
