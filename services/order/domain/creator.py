"""Creator, as the catalog tells of them: who is credited, and through which agency."""

from uuid import UUID

from libs.domain import Aggregate, Started, event


class Creator(Aggregate):
    """Somebody who promotes."""

    TOPIC = "order.Creator"

    creator_id: str
    agency_id: str
    agency_basis_points: int

    class Registered(Started):
        TOPIC = "order.CreatorRegistered"
        creator_id: str
        agency_id: str
        agency_basis_points: int

    class AgencyChanged(Aggregate.Event):
        TOPIC = "order.CreatorAgencyChanged"
        agency_id: str
        agency_basis_points: int

    @event(Registered)
    def __init__(
        self, *, id: UUID, creator_id: str, agency_id: str, agency_basis_points: int
    ) -> None:
        self.creator_id = creator_id
        self.agency_id = agency_id
        self.agency_basis_points = agency_basis_points

    def join(self, agency_id: str, agency_basis_points: int) -> None:
        if (agency_id, agency_basis_points) != (self.agency_id, self.agency_basis_points):
            self._agency_changed(agency_id=agency_id, agency_basis_points=agency_basis_points)

    @event(AgencyChanged)
    def _agency_changed(self, agency_id: str, agency_basis_points: int) -> None:
        self.agency_id = agency_id
        self.agency_basis_points = agency_basis_points
