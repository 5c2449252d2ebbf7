"""What somebody is paid for."""

from enum import StrEnum


class Role(StrEnum):
    """Each has an account of its own in the chart."""

    MERCHANT = "MERCHANT"
    SUPPLIER = "SUPPLIER"
    CREATOR = "CREATOR"
    AGENCY = "AGENCY"
    PARTNER = "PARTNER"
