"""Who plays, and what is sold: the evening's only data. Prices are what the buyer sees."""

from __future__ import annotations

from dataclasses import dataclass

from libs.money import Money

SUFFIX = "LIVE"
"""The demo sells in markets of its own (`GB-LIVE`), so that it never meets an importer's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A market with its legal entity, and the node that its parcels leave from."""

    code: str
    currency: str
    tax_inclusive: bool
    tax_basis_points: int
    shipping: int
    town: str

    @property
    def market(self) -> str:
        return f"{self.code}-{SUFFIX}"

    @property
    def legal_entity(self) -> str:
        return f"demo-{self.code.lower()}"

    @property
    def node(self) -> str:
        return f"demo-{self.town.lower().replace(' ', '-')}"

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)


GB = Country(
    code="GB",
    currency="GBP",
    tax_inclusive=True,
    tax_basis_points=2000,
    shipping=3_95,
    town="Daventry",
)
US = Country(
    code="US",
    currency="USD",
    tax_inclusive=False,
    tax_basis_points=825,
    shipping=4_99,
    town="Columbus",
)
DE = Country(
    code="DE",
    currency="EUR",
    tax_inclusive=True,
    tax_basis_points=1900,
    shipping=4_90,
    town="Leipzig",
)
COUNTRIES = (GB, US, DE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    key: str
    name: str
    country: str
    payout_currency: str
    full_service: bool = False


MILL = Merchant(key="bluebell-mill", name="Bluebell Mill", country="GB", payout_currency="GBP")
LUME = Merchant(key="casa-lume", name="Casa Lume", country="IT", payout_currency="EUR")
AURORA = Merchant(
    key="aurora-lighting",
    name="Aurora Lighting",
    country="CN",
    payout_currency="CNY",
    full_service=True,
)
MERCHANTS = (MILL, LUME, AURORA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """Something that is sold in all countries or in some, in the country's minor units."""

    key: str
    title: str
    merchant: Merchant
    prices: dict[str, int]
    weight_grams: int
    hs_code: str
    stock: int = 40
    supply_price: int = 0


THROW = Article(
    key="throw",
    title="Lambswool throw",
    merchant=MILL,
    prices={"GB": 64_00, "US": 79_00, "DE": 75_00},
    weight_grams=1200,
    hs_code="630120",
)
CANDLE = Article(
    key="candle",
    title="Bergamot candle",
    merchant=LUME,
    prices={"GB": 28_00, "US": 34_00, "DE": 32_00},
    weight_grams=600,
    hs_code="340600",
)
VASE = Article(
    key="vase",
    title="Midnight vase, numbered",
    merchant=LUME,
    prices={"GB": 38_00},
    weight_grams=900,
    hs_code="701399",
    stock=2,
)
LAMP = Article(
    key="lamp",
    title="Paper-moon lamp",
    merchant=AURORA,
    prices={"GB": 49_00, "US": 59_00, "DE": 55_00},
    weight_grams=1500,
    hs_code="940521",
    supply_price=140_00,
)
ARTICLES = (THROW, CANDLE, VASE, LAMP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Creator:
    key: str
    handle: str
    agency: str = ""
    agency_basis_points: int = 0


AGENCY = "northstar"
MEI = Creator(key="mei", handle="mei.at.home", agency=AGENCY, agency_basis_points=2000)
OSCAR = Creator(key="oscar", handle="oscar_unboxes")
CREATORS = (MEI, OSCAR)
PARTNER = "streamhouse"
"""The studio that carries the live stream, and shares in what it sells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Somebody who buys, with a card that behaves as its token says."""

    key: str
    name: str
    country: Country
    card: str = "tok_ok"


AVA = Buyer(key="ava", name="Ava", country=GB)
BEN = Buyer(key="ben", name="Ben", country=GB, card="tok_decline")
CLEO = Buyer(key="cleo", name="Cleo", country=GB)
DAN = Buyer(key="dan", name="Dan", country=GB)
ELLA = Buyer(key="ella", name="Ella", country=US)
FINN = Buyer(key="finn", name="Finn", country=DE)
GRACE = Buyer(key="grace", name="Grace", country=US)
IRIS = Buyer(key="iris", name="Iris", country=US, card="tok_timeout_succeeds")
BUYERS = (AVA, BEN, CLEO, DAN, ELLA, FINN, GRACE, IRIS)
