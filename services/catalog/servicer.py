"""The catalog over gRPC: proto to command, aggregate to proto."""

from uuid import UUID

from libs.contracts.catalog.v1 import catalog_service_pb2 as pb
from libs.contracts.catalog.v1.catalog_service_pb2_grpc import CatalogServiceServicer
from libs.domain import derived_id
from libs.eventstore.index import Listed
from libs.rpc import batch, caller
from libs.rpc.convert import to_money, to_uuid, when
from libs.rpc.pages import page_of
from services.catalog import commands as ask
from services.catalog import messages
from services.catalog.app import CatalogApp
from services.catalog.messages import slug
from services.catalog.readmodel import Lists


class CatalogServicer(CatalogServiceServicer):
    def __init__(self, app: CatalogApp, lists: Lists) -> None:
        self._app = app
        self._lists = lists

    async def RegisterMerchant(
        self, request: pb.RegisterMerchantRequest, context: object
    ) -> pb.Merchant:
        merchant = await self._app.merchants.register_merchant(
            ask.RegisterMerchant(
                request_id=UUID(request.request_id),
                merchant_id=request.merchant_id,
                display_name=request.display_name,
                country=request.country,
            )
        )
        return messages.merchant_of(merchant, self._app.now())

    async def GetMerchant(self, request: pb.GetMerchantRequest, context: object) -> pb.Merchant:
        merchant = await self._app.merchants.get(slug(request.name), seller=_seller())
        return messages.merchant_of(merchant, self._app.now())

    async def ListMerchants(
        self, request: pb.ListMerchantsRequest, context: object
    ) -> pb.ListMerchantsResponse:
        page = page_of(request, int)
        listed, token = page.cut(
            await self._lists.merchants(seller=_seller(), after=page.after, limit=page.limit),
            key=_number,
        )
        now = self._app.now()
        return pb.ListMerchantsResponse(
            merchants=[
                messages.merchant_of(merchant, now)
                for merchant in await self._app.merchants.get_all(row.id for row in listed)
            ],
            next_page_token=token,
        )

    async def PutTerms(self, request: pb.PutTermsRequest, context: object) -> pb.Terms:
        request_id = UUID(request.request_id)
        terms_id = derived_id("terms", request_id)
        merchant = await self._app.merchants.put_terms(
            ask.PutTerms(
                request_id=request_id,
                merchant_id=slug(request.parent),
                terms=messages.terms(request.terms, terms_id),
                effective_at=(
                    when(request.effective_at) if request.HasField("effective_at") else None
                ),
            )
        )
        return messages.terms_of(merchant, merchant.terms(terms_id))

    async def GetTerms(self, request: pb.GetTermsRequest, context: object) -> pb.Terms:
        _, merchant_id, _, terms_id = request.name.split("/")
        merchant = await self._app.merchants.get(merchant_id, seller=_seller())
        return messages.terms_of(merchant, merchant.terms(UUID(terms_id)))

    async def ListTerms(
        self, request: pb.ListTermsRequest, context: object
    ) -> pb.ListTermsResponse:
        page = page_of(request, int)
        merchant = await self._app.merchants.get(slug(request.parent), seller=_seller())
        numbered = list(enumerate(merchant.agreed, 1))[page.after or 0 :]
        agreed, token = page.cut(numbered[: page.limit], key=lambda row: row[0])
        return pb.ListTermsResponse(
            terms=[messages.terms_of(merchant, dated) for _, dated in agreed],
            next_page_token=token,
        )

    async def CreateProduct(self, request: pb.CreateProductRequest, context: object) -> pb.Product:
        return await self._create_product(request)

    async def BatchCreateProducts(
        self, request: pb.BatchCreateProductsRequest, context: object
    ) -> pb.BatchCreateProductsResponse:
        results = await batch.each(
            request.requests, self._create_product, result=pb.CreateProductResult
        )
        return pb.BatchCreateProductsResponse(results=results)

    async def _create_product(self, request: pb.CreateProductRequest) -> pb.Product:
        product = await self._app.products.create_product(
            ask.CreateProduct(
                request_id=UUID(request.request_id),
                seller=_seller(),
                merchant_id=slug(request.merchant),
                title=request.title,
                variants=tuple(messages.variant(variant) for variant in request.variants),
                reviewed=request.reviewed,
            )
        )
        return messages.product_of(product)

    async def AddVariant(self, request: pb.AddVariantRequest, context: object) -> pb.Product:
        product = await self._app.products.add_variant(
            ask.AddVariant(
                request_id=UUID(request.request_id),
                seller=_seller(),
                product_id=to_uuid(request.name),
                variant=messages.variant(request.variant),
            )
        )
        return messages.product_of(product)

    async def SubmitForReview(
        self, request: pb.SubmitForReviewRequest, context: object
    ) -> pb.Product:
        product = await self._app.products.submit_for_review(
            ask.SubmitForReview(
                request_id=UUID(request.request_id),
                seller=_seller(),
                product_id=to_uuid(request.name),
            )
        )
        return messages.product_of(product)

    async def DecideReview(self, request: pb.DecideReviewRequest, context: object) -> pb.Product:
        if request.approved:
            product = await self._app.products.admit_product(
                ask.AdmitProduct(
                    request_id=UUID(request.request_id),
                    product_id=to_uuid(request.name),
                    etag=request.etag,
                )
            )
        else:
            product = await self._app.products.reject_product(
                ask.RejectProduct(
                    request_id=UUID(request.request_id),
                    product_id=to_uuid(request.name),
                    reason=request.reason,
                    etag=request.etag,
                )
            )
        return messages.product_of(product)

    async def PauseProduct(self, request: pb.PauseProductRequest, context: object) -> pb.Product:
        product = await self._app.products.pause_product(
            ask.PauseProduct(
                request_id=UUID(request.request_id),
                seller=_seller(),
                product_id=to_uuid(request.name),
            )
        )
        return messages.product_of(product)

    async def ResumeProduct(self, request: pb.ResumeProductRequest, context: object) -> pb.Product:
        product = await self._app.products.resume_product(
            ask.ResumeProduct(
                request_id=UUID(request.request_id),
                seller=_seller(),
                product_id=to_uuid(request.name),
            )
        )
        return messages.product_of(product)

    async def SuspendProduct(
        self, request: pb.SuspendProductRequest, context: object
    ) -> pb.Product:
        product = await self._app.products.suspend_product(
            ask.SuspendProduct(
                request_id=UUID(request.request_id),
                product_id=to_uuid(request.name),
                reason=request.reason,
            )
        )
        return messages.product_of(product)

    async def ReinstateProduct(
        self, request: pb.ReinstateProductRequest, context: object
    ) -> pb.Product:
        product = await self._app.products.reinstate_product(
            ask.ReinstateProduct(
                request_id=UUID(request.request_id), product_id=to_uuid(request.name)
            )
        )
        return messages.product_of(product)

    async def ArchiveProduct(
        self, request: pb.ArchiveProductRequest, context: object
    ) -> pb.Product:
        product = await self._app.products.archive_product(
            ask.ArchiveProduct(
                request_id=UUID(request.request_id),
                seller=_seller(),
                product_id=to_uuid(request.name),
            )
        )
        return messages.product_of(product)

    async def GetProduct(self, request: pb.GetProductRequest, context: object) -> pb.Product:
        product = await self._app.products.get(to_uuid(request.name), seller=_seller())
        return messages.product_of(product)

    async def ListProducts(
        self, request: pb.ListProductsRequest, context: object
    ) -> pb.ListProductsResponse:
        page = page_of(request, int)
        listed, token = page.cut(
            await self._lists.products(
                seller=_seller(),
                merchant_id=slug(request.merchant) or None,
                state=messages.product_state(request.state),
                after=page.after,
                limit=page.limit,
            ),
            key=_number,
        )
        return pb.ListProductsResponse(
            products=[
                messages.product_of(product)
                for product in await self._app.products.get_all(row.id for row in listed)
            ],
            next_page_token=token,
        )

    async def PublishOffer(self, request: pb.PublishOfferRequest, context: object) -> pb.Offer:
        return await self._publish_offer(request)

    async def BatchPublishOffers(
        self, request: pb.BatchPublishOffersRequest, context: object
    ) -> pb.BatchPublishOffersResponse:
        results = await batch.each(
            request.requests, self._publish_offer, result=pb.PublishOfferResult
        )
        return pb.BatchPublishOffersResponse(results=results)

    async def _publish_offer(self, request: pb.PublishOfferRequest) -> pb.Offer:
        offer = await self._app.offers.publish_offer(
            ask.PublishOffer(
                request_id=UUID(request.request_id),
                seller=_seller(),
                product_id=to_uuid(request.product),
                sku=request.sku,
                market=slug(request.market),
                mode=messages.mode(request.mode),
                unit_price=to_money(request.unit_price, field="unit_price"),
                supply_price=(
                    to_money(request.supply_price, field="supply_price")
                    if request.HasField("supply_price")
                    else None
                ),
                per_buyer_cap=request.per_buyer_cap,
                effective_at=(
                    when(request.effective_at) if request.HasField("effective_at") else None
                ),
            )
        )
        return messages.offer_of(offer, self._app.now())

    async def ChangePrice(self, request: pb.ChangePriceRequest, context: object) -> pb.Offer:
        return await self._change_price(request)

    async def BatchChangePrices(
        self, request: pb.BatchChangePricesRequest, context: object
    ) -> pb.BatchChangePricesResponse:
        results = await batch.each(
            request.requests, self._change_price, result=pb.ChangePriceResult
        )
        return pb.BatchChangePricesResponse(results=results)

    async def _change_price(self, request: pb.ChangePriceRequest) -> pb.Offer:
        offer = await self._app.offers.change_price(
            ask.ChangePrice(
                request_id=UUID(request.request_id),
                seller=_seller(),
                offer_id=to_uuid(request.name),
                unit_price=to_money(request.unit_price, field="unit_price"),
                supply_price=(
                    to_money(request.supply_price, field="supply_price")
                    if request.HasField("supply_price")
                    else None
                ),
                effective_at=(
                    when(request.effective_at) if request.HasField("effective_at") else None
                ),
                etag=request.etag,
            )
        )
        return messages.offer_of(offer, self._app.now())

    async def PauseOffer(self, request: pb.PauseOfferRequest, context: object) -> pb.Offer:
        offer = await self._app.offers.pause_offer(
            ask.PauseOffer(
                request_id=UUID(request.request_id),
                seller=_seller(),
                offer_id=to_uuid(request.name),
            )
        )
        return messages.offer_of(offer, self._app.now())

    async def ResumeOffer(self, request: pb.ResumeOfferRequest, context: object) -> pb.Offer:
        offer = await self._app.offers.resume_offer(
            ask.ResumeOffer(
                request_id=UUID(request.request_id),
                seller=_seller(),
                offer_id=to_uuid(request.name),
            )
        )
        return messages.offer_of(offer, self._app.now())

    async def EndOffer(self, request: pb.EndOfferRequest, context: object) -> pb.Offer:
        offer = await self._app.offers.end_offer(
            ask.EndOffer(
                request_id=UUID(request.request_id),
                seller=_seller(),
                offer_id=to_uuid(request.name),
            )
        )
        return messages.offer_of(offer, self._app.now())

    async def GetOffer(self, request: pb.GetOfferRequest, context: object) -> pb.Offer:
        offer = await self._app.offers.get(to_uuid(request.name), seller=_seller())
        return messages.offer_of(offer, self._app.now())

    async def ListOffers(
        self, request: pb.ListOffersRequest, context: object
    ) -> pb.ListOffersResponse:
        page = page_of(request, int)
        listed, token = page.cut(
            await self._lists.offers(
                seller=_seller(),
                merchant_id=slug(request.merchant) or None,
                product_id=to_uuid(request.product) if request.product else None,
                market=slug(request.market) or None,
                after=page.after,
                limit=page.limit,
            ),
            key=_number,
        )
        now = self._app.now()
        return pb.ListOffersResponse(
            offers=[
                messages.offer_of(offer, now)
                for offer in await self._app.offers.get_all(row.id for row in listed)
            ],
            next_page_token=token,
        )

    async def PlanMarket(self, request: pb.PlanMarketRequest, context: object) -> pb.Market:
        market = await self._app.markets.plan_market(
            ask.PlanMarket(
                request_id=UUID(request.request_id),
                market=request.market_id,
                settings=messages.settings(request.settings),
            )
        )
        return messages.market_of(market)

    async def OpenMarket(self, request: pb.OpenMarketRequest, context: object) -> pb.Market:
        market = await self._app.markets.open_market(
            ask.OpenMarket(
                request_id=UUID(request.request_id),
                market=slug(request.name),
                pilot=request.pilot,
            )
        )
        return messages.market_of(market)

    async def UpdateMarket(self, request: pb.UpdateMarketRequest, context: object) -> pb.Market:
        market = await self._app.markets.update_market(
            ask.UpdateMarket(
                request_id=UUID(request.request_id),
                market=slug(request.name),
                settings=messages.settings(request.settings),
                etag=request.etag,
            )
        )
        return messages.market_of(market)

    async def HoldMarket(self, request: pb.HoldMarketRequest, context: object) -> pb.Market:
        market = await self._app.markets.hold_market(
            ask.HoldMarket(
                request_id=UUID(request.request_id),
                market=slug(request.name),
                reason=request.reason,
            )
        )
        return messages.market_of(market)

    async def CloseMarket(self, request: pb.CloseMarketRequest, context: object) -> pb.Market:
        market = await self._app.markets.close_market(
            ask.CloseMarket(request_id=UUID(request.request_id), market=slug(request.name))
        )
        return messages.market_of(market)

    async def GetMarket(self, request: pb.GetMarketRequest, context: object) -> pb.Market:
        return messages.market_of(await self._app.markets.get(slug(request.name)))

    async def ListMarkets(
        self, request: pb.ListMarketsRequest, context: object
    ) -> pb.ListMarketsResponse:
        page = page_of(request, int)
        listed, token = page.cut(
            await self._lists.markets(after=page.after, limit=page.limit), key=_number
        )
        return pb.ListMarketsResponse(
            markets=[
                messages.market_of(market)
                for market in await self._app.markets.get_all(row.id for row in listed)
            ],
            next_page_token=token,
        )

    async def SetJurisdictionRule(
        self, request: pb.SetJurisdictionRuleRequest, context: object
    ) -> pb.JurisdictionRule:
        rule = await self._app.markets.set_jurisdiction_rule(
            ask.SetJurisdictionRule(
                request_id=UUID(request.request_id),
                market=slug(request.market),
                ship_to=request.ship_to,
                blocked=request.blocked,
                duty_basis_points=request.duty_basis_points,
                source=request.source,
                effective_at=(
                    when(request.effective_at) if request.HasField("effective_at") else None
                ),
            )
        )
        return messages.rule_of(rule, self._app.now())

    async def RepealJurisdictionRule(
        self, request: pb.RepealJurisdictionRuleRequest, context: object
    ) -> pb.JurisdictionRule:
        rule = await self._app.markets.repeal_jurisdiction_rule(
            ask.RepealJurisdictionRule(
                request_id=UUID(request.request_id),
                rule_id=to_uuid(request.name),
                effective_at=(
                    when(request.effective_at) if request.HasField("effective_at") else None
                ),
            )
        )
        return messages.rule_of(rule, self._app.now())

    async def GetJurisdictionRule(
        self, request: pb.GetJurisdictionRuleRequest, context: object
    ) -> pb.JurisdictionRule:
        rule = await self._app.markets.get_rule(to_uuid(request.name))
        return messages.rule_of(rule, self._app.now())

    async def ListJurisdictionRules(
        self, request: pb.ListJurisdictionRulesRequest, context: object
    ) -> pb.ListJurisdictionRulesResponse:
        page = page_of(request, int)
        listed, token = page.cut(
            await self._lists.rules(
                market=slug(request.market) or None, after=page.after, limit=page.limit
            ),
            key=_number,
        )
        now = self._app.now()
        return pb.ListJurisdictionRulesResponse(
            jurisdiction_rules=[
                messages.rule_of(rule, now)
                for rule in await self._app.markets.get_rules(row.id for row in listed)
            ],
            next_page_token=token,
        )

    async def LookUpJurisdiction(
        self, request: pb.LookUpJurisdictionRequest, context: object
    ) -> pb.LookUpJurisdictionResponse:
        now = self._app.now()
        rule = await self._app.markets.find_rule(slug(request.market), ship_to=request.ship_to)
        if rule is None:
            return pb.LookUpJurisdictionResponse()
        ruling = rule.applied(
            at=when(request.at) if request.HasField("at") else now,
            known_at=when(request.known_at) if request.HasField("known_at") else now,
        )
        return pb.LookUpJurisdictionResponse(
            ruling=messages.ruling_of(ruling, rule.state_of(ruling, now)) if ruling else None
        )

    async def RegisterCreator(
        self, request: pb.RegisterCreatorRequest, context: object
    ) -> pb.Creator:
        creator = await self._app.creators.register_creator(
            ask.RegisterCreator(
                request_id=UUID(request.request_id),
                creator_id=request.creator_id,
                handle=request.handle,
                agency_id=request.agency_id,
                agency_basis_points=request.agency_basis_points,
            )
        )
        return messages.creator_of(creator)

    async def ChangeAgency(self, request: pb.ChangeAgencyRequest, context: object) -> pb.Creator:
        creator = await self._app.creators.change_agency(
            ask.ChangeAgency(
                request_id=UUID(request.request_id),
                creator_id=slug(request.name),
                agency_id=request.agency_id,
                agency_basis_points=request.agency_basis_points,
            )
        )
        return messages.creator_of(creator)

    async def GetCreator(self, request: pb.GetCreatorRequest, context: object) -> pb.Creator:
        return messages.creator_of(await self._app.creators.get(slug(request.name)))

    async def ListCreators(
        self, request: pb.ListCreatorsRequest, context: object
    ) -> pb.ListCreatorsResponse:
        page = page_of(request, int)
        listed, token = page.cut(
            await self._lists.creators(
                agency_id=request.agency_id or None, after=page.after, limit=page.limit
            ),
            key=_number,
        )
        return pb.ListCreatorsResponse(
            creators=[
                messages.creator_of(creator)
                for creator in await self._app.creators.get_all(row.id for row in listed)
            ],
            next_page_token=token,
        )

    async def ScheduleLive(
        self, request: pb.ScheduleLiveRequest, context: object
    ) -> pb.LiveSession:
        session = await self._app.creators.schedule_live(
            ask.ScheduleLive(
                request_id=UUID(request.request_id),
                creator_id=slug(request.creator),
                partner_id=request.partner_id,
                market=slug(request.market),
                offer_ids=tuple(to_uuid(name) for name in request.offers),
                starts_at=when(request.starts_at),
            )
        )
        return messages.live_session_of(session)

    async def StartLive(self, request: pb.StartLiveRequest, context: object) -> pb.LiveSession:
        session = await self._app.creators.start_live(
            ask.StartLive(
                request_id=UUID(request.request_id), live_session_id=to_uuid(request.name)
            )
        )
        return messages.live_session_of(session)

    async def EndLive(self, request: pb.EndLiveRequest, context: object) -> pb.LiveSession:
        session = await self._app.creators.end_live(
            ask.EndLive(request_id=UUID(request.request_id), live_session_id=to_uuid(request.name))
        )
        return messages.live_session_of(session)

    async def CancelLive(self, request: pb.CancelLiveRequest, context: object) -> pb.LiveSession:
        session = await self._app.creators.cancel_live(
            ask.CancelLive(
                request_id=UUID(request.request_id), live_session_id=to_uuid(request.name)
            )
        )
        return messages.live_session_of(session)

    async def GetLiveSession(
        self, request: pb.GetLiveSessionRequest, context: object
    ) -> pb.LiveSession:
        session = await self._app.creators.get_session(to_uuid(request.name))
        return messages.live_session_of(session)

    async def ListLiveSessions(
        self, request: pb.ListLiveSessionsRequest, context: object
    ) -> pb.ListLiveSessionsResponse:
        page = page_of(request, int)
        listed, token = page.cut(
            await self._lists.live_sessions(
                creator_id=slug(request.creator) or None,
                market=slug(request.market) or None,
                state=messages.live_state(request.state),
                after=page.after,
                limit=page.limit,
            ),
            key=_number,
        )
        return pb.ListLiveSessionsResponse(
            live_sessions=[
                messages.live_session_of(session)
                for session in await self._app.creators.get_sessions(row.id for row in listed)
            ],
            next_page_token=token,
        )

    async def SubmitReview(self, request: pb.SubmitReviewRequest, context: object) -> pb.Review:
        review = await self._app.reviews.submit_review(
            ask.SubmitReview(
                request_id=UUID(request.request_id),
                order_id=to_uuid(request.order),
                line_id=UUID(request.line_id),
                buyer_id=request.buyer_id,
                asked_by=_buyer(),
                rating=request.rating,
                text_ref=request.text_ref,
            )
        )
        return messages.review_of(review)

    async def ModerateReview(self, request: pb.ModerateReviewRequest, context: object) -> pb.Review:
        if request.approved:
            review = await self._app.reviews.publish_review(
                ask.PublishReview(
                    request_id=UUID(request.request_id), review_id=to_uuid(request.name)
                )
            )
        else:
            review = await self._app.reviews.reject_review(
                ask.RejectReview(
                    request_id=UUID(request.request_id),
                    review_id=to_uuid(request.name),
                    reason=request.reason,
                )
            )
        return messages.review_of(review)

    async def RemoveReview(self, request: pb.RemoveReviewRequest, context: object) -> pb.Review:
        review = await self._app.reviews.remove_review(
            ask.RemoveReview(
                request_id=UUID(request.request_id),
                review_id=to_uuid(request.name),
                reason=request.reason,
            )
        )
        return messages.review_of(review)

    async def GetReview(self, request: pb.GetReviewRequest, context: object) -> pb.Review:
        review = await self._app.reviews.get(to_uuid(request.name), buyer=_buyer())
        return messages.review_of(review)

    async def ListReviews(
        self, request: pb.ListReviewsRequest, context: object
    ) -> pb.ListReviewsResponse:
        page = page_of(request, int)
        listed, token = page.cut(
            await self._lists.reviews(
                product_id=to_uuid(request.product) if request.product else None,
                state=messages.review_state(request.state),
                after=page.after,
                limit=page.limit,
            ),
            key=_number,
        )
        return pb.ListReviewsResponse(
            reviews=[
                messages.review_of(review)
                for review in await self._app.reviews.get_all(row.id for row in listed)
            ],
            next_page_token=token,
        )


PLATFORM = frozenset({"finance", "ops", "service"})


def _seller() -> str | None:
    """The merchant on whose behalf the caller asks; who has several roles asks in the widest."""
    who = caller()
    return None if who.roles & PLATFORM else who.merchant or ""


def _buyer() -> str | None:
    who = caller()
    return None if who.roles & PLATFORM else who.subject


def _number(row: Listed) -> int:
    return row.number
