"""Commands against streams: load, decide, append; once per request, whatever happens."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Generic, Protocol, TypeVar, cast
from uuid import UUID

import msgspec

from libs.domain import Aggregate, NotFound, derived_id, happening
from libs.eventstore.errors import AlreadyExists, Conflict, RequestIdReused
from libs.eventstore.facts import (
    Answer,
    Commit,
    Deadline,
    KnownRequest,
    Mark,
    Recorded,
    Snapshot,
    StaleStream,
    StoredFact,
)
from libs.eventstore.locks import Reorder, StreamLocks
from libs.eventstore.log import CommitLog
from libs.eventstore.mapper import FactMapper
from libs.eventstore.recorder import Append, Recorder
from libs.runtime.cause import Cause, because, current_cause
from libs.runtime.clock import Clock
from libs.runtime.waiting import yielded

A = TypeVar("A", bound=Aggregate)

ATTEMPTS = 8
SNAPSHOT_EVERY = 200
FACT_BYTES = 100
"""About as long as a fact is. The state of a stream is kept when there are so many facts since it
was kept last, and, where it is long, no sooner than they are as long as it is."""

_encode_cause = msgspec.json.Encoder().encode
_decode_cause = msgspec.json.Decoder(Cause).decode
_encode_command = msgspec.msgpack.Encoder().encode


@dataclass(slots=True, eq=False)
class Flight:
    """A commit under way to the disk, with the answer that its caller waits for."""

    append: Append
    answer: Aggregate


class Command(Protocol):
    """A frozen dataclass that says what is asked for; equal contents, equal request."""

    @property
    def request_id(self) -> UUID: ...


class Store:
    """The streams of one service: cached, brought up to date, appended to in groups."""

    def __init__(
        self,
        recorder: Recorder,
        *,
        kinds: Iterable[type[Aggregate]],
        clock: Clock,
        cache_size: int = 20_000,
    ) -> None:
        self.recorder = recorder
        self.mapper = FactMapper(kinds)
        self.clock = clock
        self.locks = StreamLocks()
        self._cache: OrderedDict[UUID, Aggregate] = OrderedDict()
        self._cache_size = cache_size
        self._next_snapshots: dict[UUID, int] = {}
        self._flights: dict[UUID, Flight] = {}
        self._log = CommitLog(self._read)
        self._background: set[asyncio.Task[None]] = set()

    def repository(self, kind: type[A]) -> "Repository[A]":
        return Repository(self, kind)

    async def transact(self, decide: Callable[["Unit"], Awaitable[A]], *, command: Command) -> A:
        """Decide on any streams and append what they record in one transaction.

        `decide` may run several times and does nothing but load and record. What it returns is
        the answer; the same request again gets the same answer, for ever. Raises the refusals of
        the domain, `RequestIdReused`, `Conflict` and `Overloaded`.
        """
        wanted: set[UUID] = set()
        taken: dict[UUID, type[Aggregate]] = {}
        for _ in range(ATTEMPTS):
            unit = Unit(self, command, taken)
            try:
                if wanted:
                    await unit.lock(sorted(wanted))
                return await unit.run(decide)
            except Reorder:
                unit.forget()
                wanted |= unit.wanted
            except StaleStream:
                unit.forget()
                taken = unit.unseen
                if first := await self._first_answer(command):
                    return first  # type: ignore[return-value] # the kind it was answered with
            except KnownRequest as known:
                unit.forget()
                return await self._repeat(command, known.answer)  # type: ignore[return-value]
            except BaseException:
                unit.forget()
                raise
            finally:
                unit.release()
        raise Conflict("others keep changing this; send the same request again")

    async def fall_due(self, deadline: Deadline) -> bool:
        """Let time do what it does to one stream; false when that changed nothing."""
        kind = self.mapper.kinds[deadline.kind]
        now = self.clock.now()
        command = _FallDue(derived_id("due", deadline.stream_id, deadline.version))
        fell = False

        async def decide(unit: Unit) -> Aggregate:
            nonlocal fell
            aggregate = await unit.get(kind, deadline.stream_id)
            if aggregate.due is not None and aggregate.due <= now:
                aggregate.fall_due(now)
            fell = bool(aggregate.pending_events)
            return aggregate

        with because(_decode_cause(deadline.meta)):
            aggregate = await self.transact(decide, command=command)
        if not fell and aggregate.due != deadline.due_at:
            # The id of this passing is used up: the row is to name another one.
            await self.recorder.keep_deadline(
                replace(deadline, due_at=aggregate.due, version=aggregate.version)
            )
        return fell or aggregate.due != deadline.due_at

    async def read(self, after: Mark, limit: int) -> Sequence[Recorded]:
        """Facts after a mark, in commit order; those who follow read each of them once."""
        return await self._log.after(after, limit)

    async def _read(self, after: Mark, limit: int) -> Sequence[Recorded]:
        return [
            Recorded(
                self.to_fact(stored.row),
                stored.mark,
                stored.recorded_at,
                _decode_cause(stored.row.meta),
            )
            for stored in await self.recorder.read(after, limit)
        ]

    async def current(
        self, kind: type[A], streams: Sequence[UUID], *, refresh: bool
    ) -> dict[UUID, A]:
        """Live aggregates, from the cache and the tails that it misses.

        Without `refresh` a cached one is taken as it is: its version is checked when it is
        appended to. Otherwise none is ahead of what is durable.
        """
        for stream in streams:
            if stream in self._flights and (refresh or stream not in self._cache):
                await self._landed(stream)
        found: dict[UUID, Aggregate] = {}
        after: dict[UUID, int | None] = {}
        for stream in streams:
            cached = self._cache.get(stream)
            if cached is not None:
                found[stream] = cached
                self._cache.move_to_end(stream)
            if cached is None or refresh:
                after[stream] = None if cached is None else cached.version
        while after:
            outgrown: dict[UUID, int | None] = {}
            for stream, tail in (await self.recorder.load(after)).items():
                aggregate = found.get(stream)
                if tail.snapshot is not None:
                    aggregate = self.mapper.restore(kind, tail.snapshot)
                    if aggregate is None:
                        outgrown[stream] = 0
                        continue
                    self._kept(tail.snapshot)
                aggregate = self._replay(aggregate, tail.rows)
                if aggregate is not None:
                    found[stream] = aggregate
                    self._remember(aggregate)
            after = outgrown
        return {stream: _of_kind(kind, aggregate) for stream, aggregate in found.items()}

    def _replay(self, aggregate: Aggregate | None, rows: Sequence[StoredFact]) -> Aggregate | None:
        for row in rows:
            aggregate = self.to_fact(row).mutate(aggregate)
        return aggregate

    def to_fact(self, row: StoredFact) -> Aggregate.Event:
        return self.mapper.decode(row.topic, row.stream_id, row.version, row.payload)

    def cached(self, kind: type[A], stream: UUID) -> A | None:
        """The aggregate as this process last saw it."""
        aggregate = self._cache.get(stream)
        if aggregate is None:
            return None
        self._cache.move_to_end(stream)
        return _of_kind(kind, aggregate)

    def _remember(self, aggregate: Aggregate) -> None:
        self._cache[aggregate.id] = aggregate
        self._cache.move_to_end(aggregate.id)
        if len(self._cache) > self._cache_size:
            stream, _ = self._cache.popitem(last=False)
            self._next_snapshots.pop(stream, None)

    def forget(self, aggregate: Aggregate) -> None:
        if self._cache.get(aggregate.id) is aggregate:
            del self._cache[aggregate.id]
            self._next_snapshots.pop(aggregate.id, None)

    def handed_over(self, aggregate: Aggregate) -> Snapshot | None:
        """An aggregate's facts are in line to be appended; what to keep of it once they are."""
        aggregate.pending_events.clear()
        self._remember(aggregate)
        if aggregate.version < self._next_snapshots.get(aggregate.id, SNAPSHOT_EVERY):
            return None
        snapshot = self.mapper.take(aggregate)
        self._kept(snapshot)
        return snapshot

    def _kept(self, snapshot: Snapshot) -> None:
        facts = max(SNAPSHOT_EVERY, len(snapshot.state) // FACT_BYTES)
        self._next_snapshots[snapshot.stream_id] = snapshot.version + facts

    def keep(self, snapshot: Snapshot) -> None:
        task = asyncio.create_task(self.recorder.keep_snapshot(snapshot))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    # What is decided upon before it is durable

    def take_off(self, streams: Iterable[UUID], flight: Flight) -> None:
        for stream in streams:
            self._flights[stream] = flight

    def land(self, streams: Iterable[UUID], flight: Flight) -> None:
        for stream in streams:
            if self._flights.get(stream) is flight:
                del self._flights[stream]

    def decided_upon(self, aggregate: Aggregate) -> Append | None:
        """The append that the state of an aggregate waits for, if it is not durable.

        Whoever asks may change the aggregate, so an answer that shows it becomes a copy.
        """
        flight = self._flights.get(aggregate.id)
        if flight is None:
            return None
        if flight.answer is aggregate:
            flight.answer = self.mapper.copy(aggregate)
        return flight.append

    async def _landed(self, stream: UUID) -> None:
        """Until all is durable or given up, and whoever waited for it has had their turn."""
        while (flight := self._flights.get(stream)) is not None:
            await asyncio.wait((flight.append,))
            await yielded()

    async def _first_answer(self, command: Command) -> Aggregate | None:
        answer = await self.recorder.answered(command.request_id)
        return None if answer is None else await self._repeat(command, answer)

    async def _repeat(self, command: Command, answer: Answer) -> Aggregate:
        if answer.fingerprint != fingerprint(command):
            raise RequestIdReused(
                "this request id was used with other contents; use a new one", field="request_id"
            )
        tail = (await self.recorder.load({answer.stream_id: 0}))[answer.stream_id]
        aggregate = self._replay(None, tail.rows[: answer.version])
        assert aggregate is not None, "an answered request has a stream"
        return aggregate


class Unit:
    """The streams that one command has in hand; nobody else in the process changes them."""

    def __init__(
        self, store: Store, command: Command, taken: Mapping[UUID, type[Aggregate]]
    ) -> None:
        self._store = store
        self._command = command
        self._taken = taken
        self._looked: set[UUID] = set()
        self._aggregates: dict[UUID, Aggregate] = {}
        self._before: dict[UUID, tuple[int, datetime | None]] = {}
        self._refresh = False
        self._held: set[UUID] = set()
        self._upon: list[Append] = []
        self.wanted: set[UUID] = set()
        self.unseen: dict[UUID, type[Aggregate]] = {}

    async def get(self, kind: type[A], id: UUID) -> A:
        """The aggregate; raises `NotFound`."""
        found = await self.find(kind, id)
        if found is None:
            raise NotFound(f"no {kind.__name__.lower()} {id}")
        return found

    async def find(self, kind: type[A], id: UUID) -> A | None:
        return (await self.find_all(kind, (id,))).get(id)

    async def begin(self, kind: type[A], id: UUID, start: Callable[[], A]) -> A:
        """The aggregate, or a new one where this process knows of none.

        Whether there is one after all is left to the append, which says so, and then it is looked
        for: where most are new, that is a question less to the database for each.
        """
        if self._refresh or self._taken or id in self._looked or id in self._aggregates:
            found = await self.find(kind, id)
        else:
            await self.lock((id,))
            found = self._store.cached(kind, id)
            if found is not None:
                self._take_in(found)
        if found is None:
            found = start()
            self.add(found)
        return found

    async def find_all(self, kind: type[A], ids: Iterable[UUID]) -> dict[UUID, A]:
        """Those of the streams that exist."""
        streams = sorted(set(ids))
        await self.lock(streams)
        fresh = [stream for stream in streams if stream not in self._aggregates]
        if fresh:
            loaded = await self._store.current(kind, fresh, refresh=self._refresh)
            for aggregate in loaded.values():
                self._take_in(aggregate)
            self._looked.update(fresh)
        return {id: self._aggregates[id] for id in streams if id in self._aggregates}  # type: ignore[misc] # of the kind asked for

    def _take_in(self, aggregate: Aggregate) -> None:
        self._aggregates[aggregate.id] = aggregate
        self._before[aggregate.id] = (aggregate.version, aggregate.due)
        if append := self._store.decided_upon(aggregate):
            self._upon.append(append)

    def add(self, aggregate: Aggregate) -> None:
        """Take a new aggregate in; raises `AlreadyExists`.

        A stream that was not looked for is taken to be empty until the append says otherwise.
        """
        if aggregate.id not in self._looked:
            self.unseen[aggregate.id] = type(aggregate)
        if aggregate.id in self._aggregates:
            raise AlreadyExists(f"{type(aggregate).__name__.lower()} {aggregate.id} exists")
        self._aggregates[aggregate.id] = aggregate
        self._before[aggregate.id] = (0, None)

    async def lock(self, streams: Sequence[UUID]) -> None:
        for stream in streams:
            if stream not in self._held:
                try:
                    await self._store.locks.take(stream, self._held)
                except Reorder:
                    self.wanted = self._held.union(streams)
                    raise
                self._held.add(stream)

    async def run(self, decide: Callable[["Unit"], Awaitable[A]]) -> A:
        """Decide, and once more on the latest state where a stale one may have misled us."""
        try:
            answer = await self._decide(decide)
        except Reorder:
            raise
        except Exception:  # A refusal, or what no caller could ask for of the latest state.
            self.forget()
            if first := await self._first_answer():
                return first  # type: ignore[return-value] # the kind it was answered with
            self._start_afresh()
            answer = await self._decide(decide)
        commit = self._commit(answer)
        if commit is None:
            if first := await self._first_answer():
                return first  # type: ignore[return-value] # as above
            self._start_afresh()
            answer = await self._decide(decide)
            commit = self._commit(answer)
        if commit is None and isinstance(self._command, _FallDue):
            return answer  # Its time may be yet to come, and then it counts.
        return await self._append(commit or self._nothing(answer), answer)

    async def _append(self, commit: Commit, answer: A) -> A:
        """Wait until all is durable; what many change is theirs as soon as it is in line."""
        flight = Flight(self._store.recorder.append(commit, self._upon), answer)
        snapshots = [
            self._store.handed_over(self._aggregates[stream]) for stream in commit.expected
        ]
        contended = [it for it in self._aggregates.values() if it.CONTENDED]
        shown = [it.id for it in contended if it.id in commit.expected or it is answer]
        self._store.take_off(shown, flight)
        self._free([it.id for it in contended])
        try:
            await flight.append
        finally:
            self._store.land(shown, flight)
        for snapshot in snapshots:
            if snapshot is not None:
                self._store.keep(snapshot)
        return cast("A", flight.answer)

    async def _first_answer(self) -> Aggregate | None:
        """Asked for when what this was decided upon is durable, or will never be."""
        if self._upon:
            await asyncio.wait(self._upon)
        return await self._store._first_answer(self._command)

    async def _decide(self, decide: Callable[["Unit"], Awaitable[A]]) -> A:
        for stream, kind in self._taken.items():
            await self.find(kind, stream)
        with happening(self._store.clock.now()):
            return await decide(self)

    def _start_afresh(self) -> None:
        self.forget()
        self._refresh = True
        self._aggregates.clear()
        self._before.clear()
        self._looked.clear()
        self._upon.clear()

    def _commit(self, answer: Aggregate) -> Commit | None:
        changed = [a for a in self._aggregates.values() if a.pending_events]
        if not changed:
            return None
        meta = _encode_cause(current_cause())
        now = self._store.clock.now()
        facts = [
            cast("Aggregate.Event", fact)
            for aggregate in changed
            for fact in aggregate.pending_events
        ]
        return Commit(
            request_id=self._command.request_id,
            answer=Answer(fingerprint(self._command), answer.id, answer.version),
            rows=[
                StoredFact(
                    fact.originator_id,
                    fact.originator_version,
                    fact.TOPIC,
                    fact.timestamp,
                    self._store.mapper.encode(fact),
                    meta,
                )
                for fact in facts
            ],
            facts=facts,
            expected={a.id: self._before[a.id][0] for a in changed},
            deadlines=[
                Deadline(a.id, a.TOPIC, a.due, a.version, meta)
                for a in changed
                if a.due != self._before[a.id][1] or (a.due is not None and a.due <= now)
            ],
        )

    def _nothing(self, answer: Aggregate) -> Commit:
        """There was nothing to do, and whatever happens later, this request never will do more."""
        return Commit(
            request_id=self._command.request_id,
            answer=Answer(fingerprint(self._command), answer.id, answer.version),
            rows=[],
            facts=[],
            expected={},
            deadlines=[],
        )

    def forget(self) -> None:
        """What was decided on did not come to be: let nobody see it."""
        for stream, aggregate in self._aggregates.items():
            if aggregate.pending_events or aggregate.version != self._before[stream][0]:
                self._store.forget(aggregate)

    def release(self) -> None:
        self._free(self._held)

    def _free(self, streams: Iterable[UUID]) -> None:
        for stream in self._held.intersection(streams):
            self._held.discard(stream)
            self._store.locks.release(stream)


class Repository(Generic[A]):
    """The aggregates of one kind."""

    def __init__(self, store: Store, kind: type[A]) -> None:
        self._store = store
        self._kind = kind

    async def get(self, id: UUID) -> A:
        """The aggregate as it is now, good until the caller next awaits; raises `NotFound`."""
        found = await self.find(id)
        if found is None:
            raise NotFound(f"no {self._kind.__name__.lower()} {id}")
        return found

    async def find(self, id: UUID) -> A | None:
        await self._store.locks.take(id)
        try:
            return (await self._store.current(self._kind, [id], refresh=True)).get(id)
        finally:
            self._store.locks.release(id)

    async def add(self, start: Callable[[], A], *, command: Command) -> A:
        """Begin a stream; raises `AlreadyExists`."""

        async def decide(unit: Unit) -> A:
            aggregate = start()
            unit.add(aggregate)
            return aggregate

        return await self._store.transact(decide, command=command)

    async def update(
        self,
        id: UUID,
        decide: Callable[[A], None],
        *,
        command: Command,
        start: Callable[[], A] | None = None,
    ) -> A:
        """Decide on one aggregate and record it; `start` makes it where there is none yet."""

        async def change(unit: Unit) -> A:
            if start is None:
                aggregate = await unit.get(self._kind, id)
            else:
                aggregate = await unit.begin(self._kind, id, start)
            decide(aggregate)
            return aggregate

        return await self._store.transact(change, command=command)


@dataclass(frozen=True, slots=True)
class _FallDue:
    """The passing of a deadline, named by the state that it finds so that it counts once."""

    request_id: UUID


def _of_kind(kind: type[A], aggregate: Aggregate) -> A:
    if not isinstance(aggregate, kind):
        raise NotFound(f"no {kind.__name__.lower()} {aggregate.id}")
    return aggregate


def fingerprint(command: Command) -> bytes:
    """What tells two requests with the same id apart."""
    name = type(command).__qualname__.encode()
    return blake2b(name + _encode_command(command), digest_size=16).digest()


__all__ = ["Command", "Repository", "Store", "Unit"]
