"""Shop: the one merchant, market and warehouse of a file, and the requests that make them.

Every request id follows from the file's contents, the step and what it is about: an import that
was killed sends the same requests again, and they are answered as the first time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final

from google.type import money_pb2

from deploy.local.importers.online_retail.pricing import ListPrice
from deploy.local.importers.online_retail.reading import LONDON
from libs.contracts.catalog.v1 import catalog_service_pb2 as catalog
from libs.contracts.common.v1 import terms_pb2, types_pb2
from libs.contracts.ledger.v1 import events_pb2 as ledger_events
from libs.contracts.ledger.v1 import ledger_service_pb2 as ledger
from libs.contracts.warehouse.v1 import warehouse_service_pb2 as warehouse
from libs.domain import derived_id
from libs.money import Money
from libs.rpc.convert import from_money, timestamp

MARKET: Final = "GB"
CURRENCY: Final = "GBP"
LEGAL_ENTITY: Final = "entrepot-gb"
TITLE_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Shop:
    """Named after the file, so that two files are two merchants."""

    digest: str

    @property
    def slug(self) -> str:
        return f"online-retail-{self.digest[:8]}"

    @property
    def merchant(self) -> str:
        return f"merchants/{self.slug}"

    @property
    def node(self) -> str:
        return f"nodes/{self.slug}"

    @property
    def market(self) -> str:
        return f"markets/{MARKET}"

    def request_id(self, step: str, key: str = "") -> str:
        return str(derived_id("online-retail", self.digest, step, key))

    @property
    def account(self) -> ledger.PayeeAccount:
        return ledger.PayeeAccount(
            role=ledger_events.PAYEE_ROLE_MERCHANT,
            payee=self.slug,
            legal_entity=LEGAL_ENTITY,
            currency=CURRENCY,
        )

    # What is asked for once

    def registration(self) -> catalog.RegisterMerchantRequest:
        return catalog.RegisterMerchantRequest(
            request_id=self.request_id("merchant"),
            merchant_id=self.slug,
            display_name="Online Retail",
            country=MARKET,
        )

    def terms(self) -> catalog.PutTermsRequest:
        """Eight per cent, settled a week after delivery, a twentieth held back for a month."""
        return catalog.PutTermsRequest(
            request_id=self.request_id("terms"),
            parent=self.merchant,
            terms=catalog.Terms(
                referral_basis_points=800,
                fee_basis=terms_pb2.FEE_BASIS_ITEM_NET,
                refund_administration_basis_points=2000,
                reserve_basis_points=500,
                reserve_days=30,
                settlement_hold_days=7,
                commission_hold_days=7,
                minimum_payout=pounds(0),
            ),
        )

    def market_plan(self, ship_to: list[str]) -> catalog.PlanMarketRequest:
        """The file knows no tax, and its postage is on its lines. A day passes in a second or two:
        no hold may run out while the news of a payment is on the way."""
        return catalog.PlanMarketRequest(
            request_id=self.request_id("market"),
            market_id=MARKET,
            settings=catalog.MarketSettings(
                currency=CURRENCY,
                legal_entity=LEGAL_ENTITY,
                ship_to=ship_to,
                return_window_days=30,
                remorse_hold_minutes=0,
                capture_policy=types_pb2.CAPTURE_POLICY_AT_PLACEMENT,
                reservation_hold_minutes=24 * 60,
            ),
        )

    def market_opening(self) -> catalog.OpenMarketRequest:
        return catalog.OpenMarketRequest(request_id=self.request_id("open"), name=self.market)

    def node_opening(self) -> warehouse.OpenNodeRequest:
        return warehouse.OpenNodeRequest(
            request_id=self.request_id("node"),
            node_id=self.slug,
            title="Online Retail",
            country_code=MARKET,
        )

    # Goods and their prices

    def product(self, code: str, title: str) -> catalog.CreateProductRequest:
        return catalog.CreateProductRequest(
            request_id=self.request_id("product", code),
            merchant=self.merchant,
            title=title[:TITLE_MAX] or code,
            variants=[catalog.Variant(sku=code)],
            reviewed=True,
        )

    def offer(self, code: str, product: str, price: int) -> catalog.PublishOfferRequest:
        return catalog.PublishOfferRequest(
            request_id=self.request_id("offer", code),
            product=product,
            sku=code,
            market=self.market,
            mode=types_pb2.SELLING_MODE_MARKETPLACE,
            unit_price=pounds(price),
        )

    def price_change(self, code: str, offer: str, price: ListPrice) -> catalog.ChangePriceRequest:
        since = datetime.combine(price.since, time(), LONDON).astimezone(UTC)
        return catalog.ChangePriceRequest(
            request_id=self.request_id("price", f"{code}/{price.since}"),
            name=offer,
            unit_price=pounds(price.price),
            effective_at=timestamp(since),
        )


def pounds(pence: int) -> money_pb2.Money:
    return from_money(Money(pence, CURRENCY))
