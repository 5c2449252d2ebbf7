"""The words of a return."""

from enum import StrEnum


class ReturnKind(StrEnum):
    """How it is made good."""

    REFUND_ONLY = "REFUND_ONLY"
    RETURN_AND_REFUND = "RETURN_AND_REFUND"


class Fault(StrEnum):
    """Who answers for it; decides who pays shipping and label."""

    BUYER = "BUYER"
    MERCHANT = "MERCHANT"
    CARRIER = "CARRIER"
    WAREHOUSE = "WAREHOUSE"
    PLATFORM = "PLATFORM"


class ReturnReason(StrEnum):
    """What the buyer says is wrong."""

    CHANGED_MIND = "CHANGED_MIND"
    DEFECTIVE = "DEFECTIVE"
    NOT_AS_DESCRIBED = "NOT_AS_DESCRIBED"
    WRONG_ITEM = "WRONG_ITEM"
    PARTS_MISSING = "PARTS_MISSING"
    DAMAGED_ON_THE_WAY = "DAMAGED_ON_THE_WAY"
    ARRIVED_LATE = "ARRIVED_LATE"
    PLATFORM_DECISION = "PLATFORM_DECISION"

    @property
    def presumed_fault(self) -> Fault:
        """Who answers for it until somebody finds otherwise."""
        return _PRESUMED[self]


_PRESUMED = {
    ReturnReason.CHANGED_MIND: Fault.BUYER,
    ReturnReason.DEFECTIVE: Fault.MERCHANT,
    ReturnReason.NOT_AS_DESCRIBED: Fault.MERCHANT,
    ReturnReason.WRONG_ITEM: Fault.WAREHOUSE,
    ReturnReason.PARTS_MISSING: Fault.WAREHOUSE,
    ReturnReason.DAMAGED_ON_THE_WAY: Fault.CARRIER,
    ReturnReason.ARRIVED_LATE: Fault.CARRIER,
    ReturnReason.PLATFORM_DECISION: Fault.PLATFORM,
}


class Disposition(StrEnum):
    """What an inspected unit is fit for."""

    SELLABLE = "SELLABLE"
    DEFECTIVE = "DEFECTIVE"
    CUSTOMER_DAMAGED = "CUSTOMER_DAMAGED"
    CARRIER_DAMAGED = "CARRIER_DAMAGED"
    FULFILLER_DAMAGED = "FULFILLER_DAMAGED"
    WRONG_ITEM = "WRONG_ITEM"
    EMPTY = "EMPTY"

    def is_refunded(self, fault: Fault) -> bool:
        """A wrong item is what the buyer was sent, unless the return is of their own doing."""
        match self:
            case Disposition.CUSTOMER_DAMAGED | Disposition.EMPTY:
                return False
            case Disposition.WRONG_ITEM:
                return fault is not Fault.BUYER
            case _:
                return True
