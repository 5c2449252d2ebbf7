"""Play: the acts in their order, and the figures at the end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rich.console import Console, Group
from rich.table import Table

from deploy.local.clock import LocalClock
from deploy.local.demo import evening, report, weeks
from deploy.local.demo.books import Books
from deploy.local.demo.cast import AVA, MILL
from deploy.local.demo.players import Players, found
from deploy.local.demo.stage import set_stage
from deploy.local.demo.story import Story
from deploy.local.demo.trace import Trace, Traces
from deploy.local.demo.world import Purchase, Run, World
from deploy.local.home import Home
from deploy.local.process import until
from deploy.local.rest import Rest
from deploy.local.stack import SERVICES
from libs.contracts.catalog.v1 import catalog_service_pb2 as catalog
from libs.contracts.ledger.v1 import ledger_service_pb2 as ledger
from libs.observability import setup

HOUR = 18
"""The evening begins at six, whatever time it is for the machine."""

TRACE_PATIENCE_S = 5.0

CLEARED = ("1110", "1900")
"""What the provider owes us, and what is owed in other currencies: nothing is left at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it, for those who do not read stories."""

    run: int
    purchases: dict[str, Purchase]
    balances: report.Balances
    sold: Sequence[report.Sold]
    statements: Sequence[ledger.Statement]
    replay: ledger.ReplayCheckResponse
    trace: Trace
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        return {
            "run": self.run,
            "orders": {
                key: {"order": str(it.id), "states": it.states}
                for key, it in self.purchases.items()
            },
            "gmv": [
                {"key": it.key, "gross": str(it.gross), "net": str(it.net)} for it in self.sold
            ],
            "trial_balance": {
                f"{book} {unit}": total for (book, unit), total in self.balances.sums.items()
            },
            "uncleared": {
                f"{code} {unit}": amount
                for (_, unit, code), amount in self.balances.amounts.items()
                if code in CLEARED and amount
            },
            "statements": len(self.statements),
            "replay": {
                "equal": self.replay.equal,
                "facts": self.replay.facts,
                "lines": self.replay.lines,
                "differences": len(self.replay.differences),
            },
            "trace": {"spans": len(self.trace.spans), "services": self.trace.services},
            "problems": self.problems,
        }


async def play(home: Home, console: Console) -> Outcome:
    telemetry = setup("demo", traces=f"file:{home.traces / 'demo.jsonl'}", log_level="critical")
    state = home.running()
    players = Players(home, state)
    try:
        async with LocalClock(home) as clock, Rest(state, clock) as rest:
            world = World(
                home=home,
                state=state,
                run=await _next_run(players),
                players=players,
                clock=clock,
                rest=rest,
                story=Story(console),
                books=Books(players.finance.ledger),
                traces=Traces(home.traces),
            )
            began = await _play_acts(world)
            return await _close(world, began)
    finally:
        await players.leave()
        telemetry.shutdown()


async def _next_run(players: Players) -> Run:
    """The first evening that nobody has played here: its merchants are not registered yet."""
    number = 1
    while True:
        run = Run(number)
        name = f"merchants/{run.slug(MILL.key)}"
        request = catalog.GetMerchantRequest(name=name)
        if await found(players.ops.catalog.GetMerchant(request)) is None:
            return run
        number += 1


async def _play_acts(world: World) -> datetime:
    story = world.story
    now = world.clock.now()
    begin = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    await world.at(begin if begin >= now else begin + timedelta(days=1))
    began = world.clock.now()
    story.act("Before the evening", began)
    stage = await set_stage(world)
    story.act("The evening", world.clock.now())
    await evening.ava_buys_of_two_sellers(world, stage)
    await evening.ben_is_declined(world, stage)
    await evening.the_vase_sells_out(world, stage)
    await evening.others_abroad(world, stage)
    await evening.grace_thinks_again(world)
    await evening.iris_hears_nothing(world, stage)
    crowd = await evening.the_crowd(world, stage)
    await evening.the_stream_ends(world, stage, crowd)
    await weeks.parcels(world, began, crowd)
    await weeks.ella_returns_in_time(world, began)
    await weeks.the_holds_end(world, began)
    await weeks.promoters_are_paid(world, began)
    await weeks.finn_returns_late(world, began)
    await weeks.the_reserves_end(world, began)
    return began


async def _close(world: World, began: datetime) -> Outcome:
    """Everything that is shown is asked of the services now."""
    story, run = world.story, world.run
    story.act("The books", world.clock.now())
    by_market = await report.gmv(
        world, began, ledger.GMV_DIMENSION_MARKET, ledger.GMV_DIMENSION_SURFACE
    )
    by_merchant = await report.gmv(
        world, began, ledger.GMV_DIMENSION_MERCHANT, ledger.GMV_DIMENSION_MODE
    )
    by_creator = await report.gmv(world, began, ledger.GMV_DIMENSION_CREATOR)
    story.show(report.as_chart("GMV by market and surface", ("market", "surface"), by_market))
    story.show(
        report.as_chart("GMV by merchant and mode", ("merchant", "mode"), _ours(run, by_merchant))
    )
    story.show(report.as_chart("GMV by creator", ("creator",), _ours(run, by_creator)))
    statements = await report.statements(
        world, [run.slug(key) for key in (*weeks.SELLERS, *weeks.PROMOTERS)]
    )
    story.show(report.as_statements(statements))
    balances = await report.trial_balance(world)
    story.show(report.as_trial_balance(balances))
    asked = time.monotonic()
    replay = await report.replay(world)
    story.show(report.as_replay(replay, time.monotonic() - asked))
    trace = await _trace(world)
    story.act("Ava's order, as the services' traces tell it", world.clock.now())
    story.show(trace.as_tree())
    story.act("Where to look further", world.clock.now())
    story.show(_addresses(world))
    return Outcome(
        run=run.number,
        purchases=world.purchases,
        balances=balances,
        sold=by_market,
        statements=statements,
        replay=replay,
        trace=trace,
        problems=list(_problems(balances, statements, replay)),
    )


def _ours(run: Run, parts: Sequence[report.Sold]) -> list[report.Sold]:
    """Of this evening: an earlier one that was broken off may have been paid for since."""
    return [it for it in parts if not it.key[0] or it.key[0].endswith(run.slug(""))]


def _problems(
    balances: report.Balances,
    statements: Sequence[ledger.Statement],
    replay: ledger.ReplayCheckResponse,
) -> list[str]:
    said = {
        "The books do not balance.": balances.balance,
        "A statement does not come to its closing.": all(map(report.ties, statements)),
        "The books are not what the facts give.": replay.equal,
    }
    return [problem for problem, is_well in said.items() if not is_well]


async def _trace(world: World) -> Trace:
    """Services write spans in the background: wait until each has said its part."""
    trace_id = world.purchases[AVA.key].traceparent[3:35]
    trace = Trace([])

    async def complete() -> bool:
        nonlocal trace
        trace = world.traces.read(trace_id)
        return set(SERVICES) <= set(trace.services)

    await until(complete, patience=TRACE_PATIENCE_S)
    return trace


def _addresses(world: World) -> Group:
    ava = world.purchases[AVA.key]
    services = Table(box=None, show_header=False, pad_edge=False)
    for name, at in world.state.services.items():
        services.add_row(name, at.address, f"http://{at.metrics}/metrics")
    commands = Table(box=None, show_header=False, pad_edge=False)
    commands.add_row("traces", str(world.home.traces))
    commands.add_row("her entries", f"ledger entries --order {ava.id}")
    commands.add_row("all again", "ledger check; ledger replay; ledger trial-balance")
    commands.add_row("the stack", "entrepot status; entrepot logs order -f")
    return Group(services, commands)
