"""`entrepot order explain`: one order's life on the terminal, or as JSON."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.local.home import Home
from deploy.local.process import StackError

app = typer.Typer(help="One order, across all services.", no_args_is_help=True)


@app.callback()
def order() -> None:
    """Makes `explain` a command below `order` though it is the only one."""


@app.command()
def explain(
    order_id: Annotated[UUID, typer.Argument(metavar="ID", help="The order's id.")],
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """What happened in causal order, what is awaited, from whom, and until when."""
    told = asyncio.run(_tell(Home.find(), order_id))
    if as_json:
        print(json.dumps(told, indent=2))
    else:
        Console().print(_as_words(told))


Story = dict[str, Any]  # As JSON has it.


async def _tell(home: Home, order_id: UUID) -> Story:
    from deploy.local.clock import LocalClock
    from deploy.local.explain.awaited import awaited
    from deploy.local.explain.order import in_causal_order
    from deploy.local.explain.streams import Stores
    from deploy.local.explain.words import say
    from services.order.domain import Order

    state = home.running()
    stores = Stores({name: at.database for name, at in state.services.items()})
    life = await stores.life(order_id)
    if not life.told:
        raise StackError(f"no order {order_id}")
    return {
        "order": str(order_id),
        "state": next(str(order.state) for order in life.all(Order)),
        "now": LocalClock(home).now().isoformat(timespec="seconds"),
        "happened": [
            {
                "number": step.number,
                "because": step.because,
                "at": step.told.fact.timestamp.isoformat(timespec="milliseconds"),
                "recorded_at": step.told.recorded_at.isoformat(timespec="milliseconds"),
                "service": step.told.service,
                "fact": step.told.fact.TOPIC,
                "stream": str(step.told.fact.originator_id),
                "version": step.told.fact.originator_version,
                "by": step.told.cause.actor,
                "trace": step.told.cause.traceparent[3:35],
                "words": say(step.told.fact),
            }
            for step in in_causal_order(life.told)
        ],
        "awaited": [
            {
                "what": it.what,
                "from": it.whom,
                "until": it.until.isoformat(timespec="seconds") if it.until else None,
            }
            for it in awaited(life)
        ],
    }


def _as_words(story: Story) -> RenderableType:
    happened = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("", "because", "business time", "who", "what happened"):
        happened.add_column(heading, no_wrap=heading != "what happened")
    for step in story["happened"]:
        because = f"of {step['because']}" if step["because"] else step["by"].partition(":")[2]
        happened.add_row(
            str(step["number"]), because, _time(step["at"]), step["service"], step["words"]
        )
    waits: RenderableType = Text("Nothing is awaited.")
    if story["awaited"]:
        table = Table(box=None, pad_edge=False, header_style="dim")
        for heading in ("awaited", "from", "until"):
            table.add_column(heading)
        for it in story["awaited"]:
            table.add_row(it["what"], it["from"], _time(it["until"]) if it["until"] else "")
        waits = table
    heading = f"Order {story['order']} is {story['state'].lower().replace('_', ' ')}."
    return Group(heading, Text(), happened, Text(), waits)


def _time(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}"
