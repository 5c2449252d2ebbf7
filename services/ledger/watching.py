"""What is watched of the books: that they balance, cover what is owed, and are up to date."""

from collections.abc import Sequence

from libs.eventstore import Recorded
from libs.observability import Histograms
from libs.runtime.level import Level, age
from libs.runtime.watching import Watching
from services.ledger import chart
from services.ledger.balances import CLIENT_ASSETS, CLIENT_LIABILITIES
from services.ledger.domain import OrderBook

ESCROW = (chart.ESCROW_UNDELIVERED, chart.ESCROW_IN_HOLD)
POSTED_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)


def _codes(accounts: object) -> str:
    assert isinstance(accounts, Sequence | frozenset)
    return ", ".join(f"'{account.code}'" for account in sorted(accounts, key=lambda it: it.code))


_BALANCES = "from balance join account on account.id = balance.account"

LEVELS = (
    Level(
        name="entrepot_ledger_trial_balance",
        about="Debits less credits of all accounts in minor units; anything but 0 is wrong.",
        labels=("book", "currency"),
        sql=f"select book, currency, sum(amount) {_BALANCES} group by 1, 2",
    ),
    Level(
        name="entrepot_ledger_balance",
        about="Debits less credits of each account of the chart, in minor units.",
        labels=("code", "currency"),
        sql=f"select code, currency, sum(amount) {_BALANCES} group by 1, 2",
    ),
    Level(
        name="entrepot_ledger_client_money",
        about="What we hold for clients, with us or at the provider, and what they are owed.",
        labels=("side", "currency"),
        sql=f"""
            select 'held', currency, sum(amount) filter (where code in ({_codes(CLIENT_ASSETS)}))
            {_BALANCES} group by 2 having bool_or(code in ({_codes(CLIENT_ASSETS)}))
            union all
            select 'owed', currency,
                -sum(amount) filter (where code in ({_codes(CLIENT_LIABILITIES)}))
            {_BALANCES} group by 2 having bool_or(code in ({_codes(CLIENT_LIABILITIES)}))
        """,
    ),
    Level(
        name="entrepot_ledger_escrow",
        about="What lies in escrow until goods arrive and holds end, in minor units.",
        labels=("currency",),
        sql=f"""
            select currency, -sum(amount) {_BALANCES} where code in ({_codes(ESCROW)}) group by 1
        """,
    ),
    Level(
        name="entrepot_ledger_entries",
        about="Entries of each legal entity's journal.",
        labels=("legal_entity",),
        kind="counter",
        sql="select legal_entity, sequence from shard",
    ),
    Level(
        name="entrepot_ledger_unposted",
        about="Facts that wait for what they build on before they can be posted, by age.",
        labels=("age",),
        sql=f"""
            select {age("$1 - since")}, sum(notes) from unposted where notes > 0 group by 1
        """,
    ),
    Level(
        name="entrepot_ledger_unposted_seconds_max",
        about="How long the first of them has waited; 0 when all is posted.",
        sql="""
            select coalesce(extract(epoch from $1 - min(since)), 0) from unposted where notes > 0
        """,
    ),
    Level(
        name="entrepot_ledger_settlements_waiting",
        about="Books of orders whose settlement waits for its time.",
        sql=f"""
            select count(*) from (
                select from deadline where kind = '{OrderBook.TOPIC}' limit 100000
            ) as waiting
        """,
    ),
)


class PostingTimes:
    """From the arrival of goods until it stands in the books."""

    def __init__(self) -> None:
        self.seconds = Histograms(
            "entrepot_ledger_delivered_to_posted_seconds",
            "From the delivery of a parcel until it was posted, in business time.",
            bounds=POSTED_BOUNDS,
        )

    async def see(self, facts: Sequence[Recorded]) -> None:
        for recorded in facts:
            fact = recorded.fact
            if isinstance(fact, OrderBook.EscrowHeld | OrderBook.RevenueEarned):
                waited = fact.timestamp - fact.effective_at
                self.seconds.labels().observe(max(waited.total_seconds(), 0.0))


WATCHING = Watching(levels=LEVELS, watchers=[PostingTimes()])
