"""Words that more than one aggregate uses."""

from enum import StrEnum


class Mode(StrEnum):
    """Who sells to the buyer."""

    MARKETPLACE = "MARKETPLACE"
    FULL_SERVICE = "FULL_SERVICE"


class Surface(StrEnum):
    """Where the buyer met the goods."""

    LIVE = "LIVE"
    VIDEO = "VIDEO"
    BRAND_PAGE = "BRAND_PAGE"
    MALL = "MALL"
    EXTERNAL = "EXTERNAL"


class Funding(StrEnum):
    """Who pays for a discount."""

    MERCHANT = "MERCHANT"
    PLATFORM = "PLATFORM"


class Fault(StrEnum):
    """Who answers for what went wrong."""

    BUYER = "BUYER"
    MERCHANT = "MERCHANT"
    CARRIER = "CARRIER"
    WAREHOUSE = "WAREHOUSE"
    PLATFORM = "PLATFORM"


class FeeBasis(StrEnum):
    """What the referral commission is taken of."""

    ITEM_NET = "ITEM_NET"
    CUSTOMER_PAYMENT_PLUS_PLATFORM_DISCOUNT_MINUS_TAX = (
        "CUSTOMER_PAYMENT_PLUS_PLATFORM_DISCOUNT_MINUS_TAX"
    )
    SUPPLY_PRICE = "SUPPLY_PRICE"
    FLAT_PER_UNIT = "FLAT_PER_UNIT"


class CapturePolicy(StrEnum):
    """When the money of an authorisation is taken."""

    AT_PLACEMENT = "AT_PLACEMENT"
    AT_HAND_OVER = "AT_HAND_OVER"
