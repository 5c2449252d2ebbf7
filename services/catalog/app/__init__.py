"""What the catalog does when it is asked: which aggregates, which verb."""

from libs.eventstore import Store
from libs.runtime.clock import Clock
from services.catalog.app.creators import Creators
from services.catalog.app.markets import Markets
from services.catalog.app.merchants import Merchants
from services.catalog.app.offers import Offers
from services.catalog.app.products import Products
from services.catalog.app.reviews import Reviews


class CatalogApp:
    def __init__(self, store: Store, clock: Clock) -> None:
        self.now = clock.now
        self.merchants = Merchants(store, clock)
        self.products = Products(store)
        self.offers = Offers(store, clock)
        self.markets = Markets(store, clock)
        self.creators = Creators(store, clock)
        self.reviews = Reviews(store)
