"""The catalog over gRPC: what a caller gets, sees and may do."""

from itertools import count
from unittest.mock import sentinel
from uuid import UUID

import pytest
from google.type.money_pb2 import Money

from libs.contracts.catalog.v1 import catalog_service_pb2 as pb
from libs.contracts.common.v1 import terms_pb2, types_pb2
from libs.domain import Forbidden, NotFound
from libs.eventstore import AlreadyExists, StaleEtag, Store
from libs.rpc import Caller, calling_as
from libs.rpc.convert import timestamp
from libs.rpc.refusals import UnknownCurrency
from libs.runtime.clock import ManualClock
from services.catalog.app import CatalogApp
from services.catalog.commands import NoteDelivery, NotePurchase
from services.catalog.domain import LineReviewed, NotDelivered, OfferExists, PurchasedLine, SkuTaken
from services.catalog.servicer import CatalogServicer
from tests.services.catalog.samples import NOW, TOMORROW, YESTERDAY

STOREFRONT = Caller(subject="storefront", roles=frozenset({"service"}))
SELLER = Caller(subject="ann", roles=frozenset({"merchant"}), merchant="silk-road")
RIVAL = Caller(subject="bob", roles=frozenset({"merchant"}), merchant="tea-house")
BUYER = Caller(subject="buyer-1", roles=frozenset({"buyer"}))
ORDER, LINE = UUID(int=1), UUID(int=2)
_requests = count(1_000)


def request_id() -> str:
    return str(UUID(int=next(_requests)))


def gbp(units: int) -> Money:
    return Money(currency_code="GBP", units=units)


@pytest.fixture
def app(store: Store, clock: ManualClock) -> CatalogApp:
    return CatalogApp(store, clock)


@pytest.fixture
def catalog(app: CatalogApp) -> CatalogServicer:
    return CatalogServicer(app, lists=sentinel.lists)


def market_settings(currency: str = "GBP") -> pb.MarketSettings:
    return pb.MarketSettings(
        currency=currency,
        legal_entity="entrepot-uk",
        ship_to=["GB"],
        capture_policy=types_pb2.CAPTURE_POLICY_AT_PLACEMENT,
    )


def create_scarf(*, reviewed: bool = True, sku: str = "SCARF-RED") -> pb.CreateProductRequest:
    return pb.CreateProductRequest(
        request_id=request_id(),
        merchant="merchants/silk-road",
        title="Silk scarf",
        variants=[pb.Variant(sku=sku, weight_grams=180)],
        reviewed=reviewed,
    )


def publish(product: pb.Product) -> pb.PublishOfferRequest:
    return pb.PublishOfferRequest(
        request_id=request_id(),
        product=product.name,
        sku="SCARF-RED",
        market="markets/GB",
        mode=types_pb2.SELLING_MODE_MARKETPLACE,
        unit_price=gbp(25),
    )


async def open_shop(catalog: CatalogServicer) -> None:
    """A merchant under terms, and an open market."""
    await catalog.RegisterMerchant(
        pb.RegisterMerchantRequest(
            request_id=request_id(),
            merchant_id="silk-road",
            display_name="Silk Road",
            country="CN",
        ),
        None,
    )
    await catalog.PutTerms(
        pb.PutTermsRequest(
            request_id=request_id(),
            parent="merchants/silk-road",
            terms=pb.Terms(
                referral_basis_points=600,
                fee_basis=terms_pb2.FEE_BASIS_ITEM_NET,
                minimum_payout=Money(currency_code="CNY", units=1),
            ),
        ),
        None,
    )
    await catalog.PlanMarket(
        pb.PlanMarketRequest(request_id=request_id(), market_id="GB", settings=market_settings()),
        None,
    )
    await catalog.OpenMarket(pb.OpenMarketRequest(request_id=request_id(), name="markets/GB"), None)


async def sell_scarf(catalog: CatalogServicer) -> pb.Offer:
    await open_shop(catalog)
    return await catalog.PublishOffer(
        publish(await catalog.CreateProduct(create_scarf(), None)), None
    )


async def test_a_product_is_put_on_sale(catalog: CatalogServicer) -> None:
    with calling_as(STOREFRONT):
        offer = await sell_scarf(catalog)

    assert offer.state == pb.Offer.STATE_LIVE
    assert offer.price.unit_price == gbp(25)
    assert not offer.price.HasField("supply_price")
    assert offer.price.effective_at == timestamp(NOW)
    assert offer.merchant == "merchants/silk-road"


async def test_what_was_put_is_got(catalog: CatalogServicer) -> None:
    with calling_as(STOREFRONT):
        offer = await sell_scarf(catalog)
        merchant = await catalog.GetMerchant(
            pb.GetMerchantRequest(name="merchants/silk-road"), None
        )
        terms = await catalog.GetTerms(pb.GetTermsRequest(name=merchant.terms), None)
        versions = await catalog.ListTerms(pb.ListTermsRequest(parent=merchant.name), None)
        market = await catalog.GetMarket(pb.GetMarketRequest(name="markets/GB"), None)
        again = await catalog.GetOffer(pb.GetOfferRequest(name=offer.name), None)

    assert list(versions.terms) == [terms]
    assert terms.minimum_payout == Money(currency_code="CNY", units=1)
    assert market.state == pb.Market.STATE_LIVE
    assert again == offer


async def test_the_same_request_gets_the_same_answer(catalog: CatalogServicer) -> None:
    with calling_as(STOREFRONT):
        await open_shop(catalog)
        request = create_scarf()
        first = await catalog.CreateProduct(request, None)

        second = await catalog.CreateProduct(request, None)

    assert first == second


async def test_in_a_batch_each_one_succeeds_or_fails_by_itself(
    catalog: CatalogServicer,
) -> None:
    with calling_as(STOREFRONT):
        await open_shop(catalog)
        batch = pb.BatchCreateProductsRequest(
            requests=[create_scarf(), create_scarf(), create_scarf(sku="SCARF-BLUE")]
        )

        response = await catalog.BatchCreateProducts(batch, None)

    kinds = [result.WhichOneof("result") for result in response.results]
    assert kinds[:2].count("product") == 1
    assert kinds[2] == "product"


async def test_a_sku_belongs_to_one_product_of_a_merchant(catalog: CatalogServicer) -> None:
    with calling_as(STOREFRONT):
        await open_shop(catalog)
        await catalog.CreateProduct(create_scarf(), None)

        with pytest.raises(SkuTaken):
            await catalog.CreateProduct(create_scarf(), None)


async def test_a_variant_is_offered_once_in_a_market_and_mode(catalog: CatalogServicer) -> None:
    with calling_as(STOREFRONT):
        await open_shop(catalog)
        product = await catalog.CreateProduct(create_scarf(), None)
        first = await catalog.PublishOffer(publish(product), None)

        with pytest.raises(OfferExists):
            await catalog.PublishOffer(publish(product), None)

        await catalog.EndOffer(pb.EndOfferRequest(request_id=request_id(), name=first.name), None)
        again = await catalog.PublishOffer(publish(product), None)

    assert again.name == first.name


async def test_a_merchant_drafts_and_the_platform_admits(catalog: CatalogServicer) -> None:
    with calling_as(STOREFRONT):
        await open_shop(catalog)
    with calling_as(SELLER):
        with pytest.raises(Forbidden):
            await catalog.CreateProduct(create_scarf(), None)
        draft = await catalog.CreateProduct(create_scarf(reviewed=False), None)
        submitted = await catalog.SubmitForReview(
            pb.SubmitForReviewRequest(request_id=request_id(), name=draft.name), None
        )

    with calling_as(STOREFRONT):
        admitted = await catalog.DecideReview(
            pb.DecideReviewRequest(
                request_id=request_id(), name=draft.name, approved=True, etag=submitted.etag
            ),
            None,
        )

    assert draft.state == pb.Product.STATE_DRAFT
    assert admitted.state == pb.Product.STATE_ACTIVE


async def test_a_decision_on_what_has_changed_since_is_refused(catalog: CatalogServicer) -> None:
    with calling_as(STOREFRONT):
        offer = await sell_scarf(catalog)
        await catalog.ChangePrice(
            pb.ChangePriceRequest(
                request_id=request_id(), name=offer.name, unit_price=gbp(20), etag=offer.etag
            ),
            None,
        )

        with pytest.raises(StaleEtag):
            await catalog.ChangePrice(
                pb.ChangePriceRequest(
                    request_id=request_id(), name=offer.name, unit_price=gbp(19), etag=offer.etag
                ),
                None,
            )


async def test_a_rival_finds_nothing(catalog: CatalogServicer) -> None:
    with calling_as(STOREFRONT):
        offer = await sell_scarf(catalog)

    with calling_as(RIVAL):
        with pytest.raises(NotFound):
            await catalog.GetMerchant(pb.GetMerchantRequest(name="merchants/silk-road"), None)
        with pytest.raises(NotFound):
            await catalog.GetProduct(pb.GetProductRequest(name=offer.product), None)
        with pytest.raises(NotFound):
            await catalog.CreateProduct(create_scarf(reviewed=False), None)
        with pytest.raises(NotFound):
            await catalog.ChangePrice(
                pb.ChangePriceRequest(request_id=request_id(), name=offer.name, unit_price=gbp(1)),
                None,
            )


async def test_a_market_sells_in_a_currency_that_exists(catalog: CatalogServicer) -> None:
    with calling_as(STOREFRONT), pytest.raises(UnknownCurrency):
        await catalog.PlanMarket(
            pb.PlanMarketRequest(
                request_id=request_id(), market_id="GB", settings=market_settings("ZZZ")
            ),
            None,
        )


async def test_what_applied_is_looked_up_on_two_axes(
    catalog: CatalogServicer, clock: ManualClock
) -> None:
    with calling_as(STOREFRONT):
        await open_shop(catalog)
        clock.advance(TOMORROW - NOW)
        await catalog.SetJurisdictionRule(
            pb.SetJurisdictionRuleRequest(
                request_id=request_id(),
                market="markets/GB",
                ship_to="IE",
                blocked=True,
                effective_at=timestamp(YESTERDAY),
            ),
            None,
        )

        known = await catalog.LookUpJurisdiction(
            pb.LookUpJurisdictionRequest(market="markets/GB", ship_to="IE", at=timestamp(NOW)),
            None,
        )
        unknown = await catalog.LookUpJurisdiction(
            pb.LookUpJurisdictionRequest(
                market="markets/GB",
                ship_to="IE",
                at=timestamp(NOW),
                known_at=timestamp(NOW),
            ),
            None,
        )

    assert known.ruling.blocked
    assert known.ruling.state == pb.Ruling.STATE_IN_FORCE
    assert not unknown.HasField("ruling")


async def test_a_live_session_is_hosted_and_shows_offers(catalog: CatalogServicer) -> None:
    with calling_as(STOREFRONT):
        offer = await sell_scarf(catalog)
        creator = await catalog.RegisterCreator(
            pb.RegisterCreatorRequest(request_id=request_id(), creator_id="mei", handle="@mei"),
            None,
        )
        session = await catalog.ScheduleLive(
            pb.ScheduleLiveRequest(
                request_id=request_id(),
                creator=creator.name,
                market="markets/GB",
                offers=[offer.name],
                starts_at=timestamp(TOMORROW),
            ),
            None,
        )
        started = await catalog.StartLive(
            pb.StartLiveRequest(request_id=request_id(), name=session.name), None
        )

    assert started.state == pb.LiveSession.STATE_LIVE
    assert started.started_at == timestamp(NOW)
    assert list(started.offers) == [offer.name]


def a_review(buyer_id: str = "buyer-1") -> pb.SubmitReviewRequest:
    return pb.SubmitReviewRequest(
        request_id=request_id(),
        order=f"orders/{ORDER}",
        line_id=str(LINE),
        buyer_id=buyer_id,
        rating=5,
    )


async def deliver(app: CatalogApp) -> None:
    await app.reviews.note_delivery(
        NoteDelivery(request_id=UUID(request_id()), order_id=ORDER, line_ids=(LINE,))
    )
    await app.reviews.note_purchase(
        NotePurchase(
            request_id=UUID(request_id()),
            order_id=ORDER,
            buyer_id="buyer-1",
            lines=(PurchasedLine(LINE, UUID(int=3)),),
        )
    )


async def test_a_delivered_line_is_reviewed_once(app: CatalogApp, catalog: CatalogServicer) -> None:
    await deliver(app)

    with calling_as(BUYER):
        review = await catalog.SubmitReview(a_review(), None)
        with pytest.raises(LineReviewed):
            await catalog.SubmitReview(a_review(), None)

    assert review.state == pb.Review.STATE_PENDING


async def test_what_was_not_delivered_is_not_reviewed(catalog: CatalogServicer) -> None:
    with calling_as(BUYER), pytest.raises(NotDelivered):
        await catalog.SubmitReview(a_review(), None)


async def test_a_buyer_reviews_in_their_own_name(app: CatalogApp, catalog: CatalogServicer) -> None:
    await deliver(app)

    with calling_as(BUYER), pytest.raises(Forbidden):
        await catalog.SubmitReview(a_review(buyer_id="buyer-2"), None)


async def test_a_merchant_and_a_creator_never_share_a_name_in_the_books(
    catalog: CatalogServicer,
) -> None:
    def merchant(name: str) -> pb.RegisterMerchantRequest:
        return pb.RegisterMerchantRequest(
            request_id=request_id(), merchant_id=name, display_name=name, country="GB"
        )

    def creator(name: str) -> pb.RegisterCreatorRequest:
        return pb.RegisterCreatorRequest(request_id=request_id(), creator_id=name, handle=name)

    with calling_as(STOREFRONT):
        await catalog.RegisterMerchant(merchant("loom"), sentinel.context)
        await catalog.RegisterCreator(creator("mei"), sentinel.context)

        with pytest.raises(AlreadyExists):
            await catalog.RegisterCreator(creator("loom"), sentinel.context)
        with pytest.raises(AlreadyExists):
            await catalog.RegisterMerchant(merchant("mei"), sentinel.context)
