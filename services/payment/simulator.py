"""A provider with books of its own, for demos and tests. What it does is told by the method token.

`tok_ok` does all; `tok_decline`, `tok_decline_<code>` refuses; `tok_decline_once` refuses the first
attempt of an order; `tok_3ds` waits for the buyer; `tok_timeout_succeeds` and `tok_timeout_fails`
do not answer; `tok_webhook_late` does not either, but tells by a webhook later; `tok_webhook_twice`
tells everything twice; `tok_webhook_disordered` tells the first thing last; `tok_capture_fails`
holds money and does not give it; `tok_amount_differs` takes a little more than was asked;
`tok_refund_fails` refuses refunds; `tok_random` draws one of these by a seed. Payouts to a payee
whose id has "no-bank" in it are refused.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

import asyncpg

from libs.money import Money, share
from libs.runtime.clock import Clock
from libs.runtime.ids import chance
from services.payment.domain import (
    NEVER_RECEIVED,
    ActionRequired,
    Answer,
    Booked,
    Kind,
    Operation,
    Outcome,
    Refused,
    SettledLine,
    Succeeded,
)
from services.payment.webhooks import NoWebhooks, Webhook, Webhooks

CONFIRM_WITHIN = timedelta(minutes=15)
ACTION_URL = "https://provider.example/confirm/{key}"
NOT_CONFIRMED = "authentication_expired"
SILENT = {"tok_timeout_succeeds", "tok_timeout_fails", "tok_webhook_late"}
DRAWN = (
    ["tok_ok"] * 80
    + ["tok_decline_insufficient_funds"] * 8
    + ["tok_3ds"] * 4
    + ["tok_timeout_succeeds"] * 3
    + ["tok_timeout_fails"] * 3
    + ["tok_refund_fails"] * 2
)


class State(StrEnum):
    SUCCEEDED = "SUCCEEDED"
    REFUSED = "REFUSED"
    AWAITS_BUYER = "AWAITS_BUYER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An operation in the provider's books."""

    operation: Operation
    state: State
    code: str = ""
    at: datetime

    @property
    def settles(self) -> bool:
        """It took money from the buyer, which the provider owes us, or gave money back for us."""
        return self.state is State.SUCCEEDED and self.operation.kind in _SETTLING

    def answer(self) -> Answer:
        match self.state:
            case State.SUCCEEDED:
                return Succeeded(self.operation.amount)
            case State.REFUSED:
                return Refused(self.code)
            case State.AWAITS_BUYER:
                url = ACTION_URL.format(key=self.operation.key)
                return ActionRequired(url, self.at + CONFIRM_WITHIN)

    def confirmed(self, now: datetime) -> "Entry":
        """The buyer came, in time or not; or, where nothing was waited for, no change."""
        if self.state is not State.AWAITS_BUYER:
            return self
        if now < self.at + CONFIRM_WITHIN:
            return replace(self, state=State.SUCCEEDED)
        return self.lapsed(now)

    def lapsed(self, now: datetime) -> "Entry":
        over = self.state is State.AWAITS_BUYER and now >= self.at + CONFIRM_WITHIN
        return replace(self, state=State.REFUSED, code=NOT_CONFIRMED) if over else self

    def booked(self) -> Booked:
        outcomes = {State.SUCCEEDED: Outcome.SUCCEEDED, State.REFUSED: Outcome.REFUSED}
        operation = self.operation
        outcome = outcomes.get(self.state, Outcome.OPEN)
        return Booked(operation.key, operation.kind, operation.account, operation.amount, outcome)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the provider charges for a captured amount, and how `tok_random` falls.

    What it charged it keeps, also when the money goes back.
    """

    fee_basis_points: int = 290
    fee_fixed: int = 30
    seed: str = "entrepot"

    def settled(self, operation: Operation) -> SettledLine:
        gross = operation.amount
        if operation.kind is Kind.REFUND:
            nothing = Money.zero(gross.currency)
            return SettledLine(operation.key, operation.account, nothing - gross, nothing)
        fee = min(gross.amount, share(gross.amount, self.fee_basis_points) + self.fee_fixed)
        return SettledLine(operation.key, operation.account, gross, Money(fee, gross.currency))

    def done(self, operation: Operation) -> Operation:
        """The operation as it is carried out."""
        taking = operation.kind in (*_TAKING, Kind.CAPTURE)
        if taking and self.behaviour(operation) == "tok_amount_differs":
            return replace(operation, amount=operation.amount + Money(1, operation.amount.currency))
        return operation

    def told(self, operation: Operation) -> Sequence[Webhook]:
        """What the service hears of it without asking."""
        webhook = Webhook(operation.account, f"evt_{operation.key}")
        match self.behaviour(operation):
            case "tok_webhook_late":
                return [webhook._replace(late=1)]
            case "tok_webhook_twice":
                return [webhook, webhook]
            case "tok_webhook_disordered":
                return [webhook._replace(late=int(operation.kind in _FIRST))]
            case _:
                return ()

    def behaviour(self, operation: Operation) -> str:
        """The token that decides; a random one falls the same for every operation of a payment."""
        if operation.instrument != "tok_random":
            return operation.instrument
        return chance(f"{self.seed}/{operation.account}").choice(DRAWN)


class Books(Protocol):
    """Where the provider keeps its operations."""

    async def add(self, entries: Sequence[Entry]) -> Mapping[UUID, Entry]:
        """Keep them; of a key that is there already, what is there stays and is given back."""
        ...

    async def find(self, key: UUID) -> Entry | None: ...

    async def turn(self, entry: Entry) -> Entry:
        """Keep the new state of one that awaited the buyer; gives what is kept then."""
        ...

    async def about(self, accounts: Iterable[UUID]) -> Sequence[Entry]:
        """All operations of these payments."""
        ...

    async def attempted(self, order_id: UUID) -> bool:
        """Whether a payment for the order was refused before."""
        ...

    async def settle(self, settlement_id: UUID) -> Sequence[Operation]:
        """Put into this settlement what is in none; gives what is in it."""
        ...

    async def page(self, after: UUID | None, limit: int) -> Sequence[Entry]: ...


class Simulator:
    """The provider's rules, over any books. Operations that come in one tick are booked as one."""

    def __init__(
        self,
        books: Books,
        clock: Clock,
        terms: Terms | None = None,
        webhooks: Webhooks | None = None,
    ) -> None:
        self._books = books
        self._clock = clock
        self._terms = terms or Terms()
        self._webhooks = webhooks or NoWebhooks()
        self._waiting: list[tuple[Operation, asyncio.Future[Entry]]] = []
        self._booking: asyncio.Task[None] | None = None

    async def send(self, operation: Operation) -> Answer:
        booked: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        self._waiting.append((operation, booked))
        if self._booking is None:
            self._booking = asyncio.create_task(self._book_waiting())
        entry = await booked
        asked_for_money = operation.kind in (Kind.AUTHORIZE, Kind.SALE)
        if asked_for_money and self._terms.behaviour(operation) in SILENT:
            raise TimeoutError(f"no answer about {operation.key}")
        return entry.answer()

    async def confirm(self, key: UUID) -> Answer:
        return await self._turned(key, confirm=True)

    async def inquire(self, key: UUID) -> Answer:
        return await self._turned(key, confirm=False)

    async def settle(self, settlement_id: UUID) -> Sequence[SettledLine]:
        settled = await self._books.settle(settlement_id)
        return [self._terms.settled(operation) for operation in settled]

    async def books(self, after: UUID | None, limit: int) -> Sequence[Booked]:
        return [entry.booked() for entry in await self._books.page(after, limit)]

    async def _turned(self, key: UUID, *, confirm: bool) -> Answer:
        entry = await self._books.find(key)
        if entry is None:
            return Refused(NEVER_RECEIVED)
        now = self._clock.now()
        turned = entry.confirmed(now) if confirm else entry.lapsed(now)
        return (turned if turned == entry else await self._books.turn(turned)).answer()

    async def _book_waiting(self) -> None:
        """One batch after the other; what comes in while one is written goes into the next."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._book(batch)
        finally:
            self._booking = None

    async def _book(self, batch: Sequence[tuple[Operation, asyncio.Future[Entry]]]) -> None:
        try:
            entries = await self._entries([operation for operation, _ in batch])
            kept = await self._books.add(entries)
        except Exception as error:  # Whoever waits is told; the next batch may do better.
            for _, booked in batch:
                if not booked.done():
                    booked.set_exception(error)
            return
        for operation, booked in batch:
            if not booked.done():
                booked.set_result(kept[operation.key])
        for entry in entries:
            if kept[entry.operation.key] is entry:
                for webhook in self._terms.told(entry.operation):
                    self._webhooks.post(webhook)

    async def _entries(self, operations: Sequence[Operation]) -> list[Entry]:
        follow_up = {o.account for o in operations if o.kind not in _FIRST}
        earlier = await self._books.about(sorted(follow_up)) if follow_up else ()
        now = self._clock.now()
        entries: dict[UUID, Entry] = {}
        for operation in operations:
            if operation.key not in entries:
                code = await self._objection(operation, [*earlier, *entries.values()])
                entries[operation.key] = self._entry(operation, code, now)
        return list(entries.values())

    def _entry(self, operation: Operation, code: str, now: datetime) -> Entry:
        asks_buyer = operation.kind in _TAKING and self._terms.behaviour(operation) == "tok_3ds"
        if code:
            return Entry(operation=operation, state=State.REFUSED, code=code, at=now)
        state = State.AWAITS_BUYER if asks_buyer else State.SUCCEEDED
        return Entry(operation=self._terms.done(operation), state=state, at=now)

    async def _objection(self, operation: Operation, earlier: Sequence[Entry]) -> str:
        """Why it is refused; empty when it is not."""
        token = self._terms.behaviour(operation)
        match operation.kind:
            case Kind.AUTHORIZE | Kind.SALE:
                if token == "tok_decline_once":
                    first = not await self._books.attempted(operation.reference)
                    return "try_again" if first else ""
                if token.startswith("tok_decline"):
                    return token.removeprefix("tok_decline").lstrip("_") or "do_not_honor"
                return "processing_error" if token == "tok_timeout_fails" else ""
            case Kind.CAPTURE if token == "tok_capture_fails":
                return "authorization_expired"
            case Kind.CAPTURE | Kind.VOID:
                held = _held(operation.account, earlier)
                return "" if operation.amount.amount <= held else "not_held"
            case Kind.REFUND:
                if token == "tok_refund_fails":
                    return "refund_refused"
                taken = _taken(operation.account, earlier)
                return "" if operation.amount.amount <= taken else "not_captured"
            case Kind.PAYOUT:
                return "account_closed" if "no-bank" in operation.instrument else ""


_TAKING = (Kind.AUTHORIZE, Kind.SALE)
_SETTLING = (Kind.SALE, Kind.CAPTURE, Kind.REFUND)
_FIRST = (Kind.AUTHORIZE, Kind.SALE, Kind.PAYOUT)


def _held(account: UUID, entries: Iterable[Entry]) -> int:
    signs = {Kind.AUTHORIZE: 1, Kind.CAPTURE: -1, Kind.VOID: -1}
    return _balance(account, entries, signs)


def _taken(account: UUID, entries: Iterable[Entry]) -> int:
    return _balance(account, entries, {Kind.SALE: 1, Kind.CAPTURE: 1, Kind.REFUND: -1})


def _balance(account: UUID, entries: Iterable[Entry], signs: Mapping[Kind, int]) -> int:
    return sum(
        signs.get(entry.operation.kind, 0) * entry.operation.amount.amount
        for entry in entries
        if entry.operation.account == account and entry.state is State.SUCCEEDED
    )


class MemoryBooks:
    """Books that end with the process."""

    def __init__(self) -> None:
        self._entries: dict[UUID, Entry] = {}
        self._settlements: dict[UUID, UUID] = {}

    async def add(self, entries: Sequence[Entry]) -> Mapping[UUID, Entry]:
        return {
            entry.operation.key: self._entries.setdefault(entry.operation.key, entry)
            for entry in entries
        }

    async def find(self, key: UUID) -> Entry | None:
        return self._entries.get(key)

    async def turn(self, entry: Entry) -> Entry:
        key = entry.operation.key
        if self._entries[key].state is State.AWAITS_BUYER:
            self._entries[key] = entry
        return self._entries[key]

    async def about(self, accounts: Iterable[UUID]) -> Sequence[Entry]:
        wanted = set(accounts)
        return [entry for entry in self._entries.values() if entry.operation.account in wanted]

    async def attempted(self, order_id: UUID) -> bool:
        return any(
            entry.operation.reference == order_id and entry.state is State.REFUSED
            for entry in self._entries.values()
        )

    async def settle(self, settlement_id: UUID) -> Sequence[Operation]:
        if settlement_id not in self._settlements.values():
            for key, entry in self._entries.items():
                if entry.settles:
                    self._settlements.setdefault(key, settlement_id)
        return [
            self._entries[key].operation
            for key in sorted(self._settlements)
            if self._settlements[key] == settlement_id
        ]

    async def page(self, after: UUID | None, limit: int) -> Sequence[Entry]:
        keys = sorted(key for key in self._entries if after is None or key > after)
        return [self._entries[key] for key in keys[:limit]]


_COLUMNS = "key, kind, account, amount, currency, instrument, reference, refund_id, state, code, at"
_ADD = f"""
    insert into simulator.operation ({_COLUMNS})
    select * from unnest(
        $1::uuid[], $2::text[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::uuid[],
        $8::uuid[], $9::text[], $10::text[], $11::timestamptz[]
    )
    on conflict (key) do nothing returning key
"""
_FIND = f"select {_COLUMNS} from simulator.operation where key = any($1::uuid[])"
_TURN = """
    update simulator.operation set state = $2, code = $3
    where key = $1 and state = 'AWAITS_BUYER'
"""
_ABOUT = f"select {_COLUMNS} from simulator.operation where account = any($1::uuid[])"
_ATTEMPTED = """
    select exists (
        select from simulator.operation where reference = $1 and state = 'REFUSED'
    )
"""
_SETTLE = """
    update simulator.operation set settlement_id = $1
    where settlement_id is null and state = 'SUCCEEDED' and kind in ('SALE', 'CAPTURE', 'REFUND')
        and not exists (select from simulator.operation where settlement_id = $1)
"""
_SETTLED = f"select {_COLUMNS} from simulator.operation where settlement_id = $1 order by key"
_PAGE = f"""
    select {_COLUMNS} from simulator.operation
    where $1::uuid is null or key > $1 order by key limit $2
"""


class PostgresBooks:
    """Books in a schema of their own, so that the provider remembers what we may have forgotten."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def add(self, entries: Sequence[Entry]) -> Mapping[UUID, Entry]:
        rows = [_row(entry) for entry in entries]
        added = {row["key"] for row in await self._pool.fetch(_ADD, *zip(*rows, strict=True))}
        kept = {entry.operation.key: entry for entry in entries}
        if known := [key for key in kept if key not in added]:
            kept |= {
                entry.operation.key: entry
                for entry in map(_entry, await self._pool.fetch(_FIND, known))
            }
        return kept

    async def find(self, key: UUID) -> Entry | None:
        row = await self._pool.fetchrow(_FIND, [key])
        return _entry(row) if row else None

    async def turn(self, entry: Entry) -> Entry:
        await self._pool.execute(_TURN, entry.operation.key, entry.state, entry.code)
        kept = await self.find(entry.operation.key)
        assert kept is not None, "what turned is there"
        return kept

    async def about(self, accounts: Iterable[UUID]) -> Sequence[Entry]:
        return [_entry(row) for row in await self._pool.fetch(_ABOUT, list(accounts))]

    async def attempted(self, order_id: UUID) -> bool:
        return bool(await self._pool.fetchval(_ATTEMPTED, order_id))

    async def settle(self, settlement_id: UUID) -> Sequence[Operation]:
        await self._pool.execute(_SETTLE, settlement_id)
        rows = await self._pool.fetch(_SETTLED, settlement_id)
        return [_entry(row).operation for row in rows]

    async def page(self, after: UUID | None, limit: int) -> Sequence[Entry]:
        return [_entry(row) for row in await self._pool.fetch(_PAGE, after, limit)]


def _row(entry: Entry) -> tuple[Any, ...]:  # Arguments are what SQL takes.
    operation = entry.operation
    return (
        operation.key,
        operation.kind,
        operation.account,
        operation.amount.amount,
        operation.amount.currency,
        operation.instrument,
        operation.reference,
        operation.refund_id,
        entry.state,
        entry.code,
        entry.at,
    )


def _entry(row: asyncpg.Record) -> Entry:
    operation = Operation(
        key=row["key"],
        kind=Kind(row["kind"]),
        account=row["account"],
        amount=Money(row["amount"], row["currency"]),
        instrument=row["instrument"],
        reference=row["reference"],
        refund_id=row["refund_id"],
    )
    return Entry(operation=operation, state=State(row["state"]), code=row["code"], at=row["at"])
