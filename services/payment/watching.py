"""What is watched of payments: what the provider was asked and has not answered, and since when."""

from typing import Any

import asyncpg

from libs.observability import Histograms
from libs.runtime.level import Level, age
from libs.runtime.stages import Stages
from libs.runtime.watching import Watching
from services.payment.domain import Payment, Payout

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
BOUNDS = (0.1, 0.5, 1.0, 5.0, 30.0, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 2 * DAY, 7 * DAY)

# The last doubt of each payment in doubt; there are few at any time.
_IN_DOUBT = f"""
    select doubted.occurred_at as since from payment, lateral (
        select occurred_at from fact
        where stream_id = payment_id and topic = '{Payment.Doubted.TOPIC}'
        order by version desc limit 1
    ) as doubted where state = 'UNKNOWN' limit 10000
"""
_OPEN = """
    select operation.kind, asked.occurred_at as since from operation, lateral (
        select occurred_at from fact where stream_id = account order by version desc limit 1
    ) as asked where outcome = 'OPEN' limit 10000
"""
_PAYOUTS = """
    select operation.amount, currency, fact.occurred_at as since
    from operation join fact on stream_id = account and version = 1
    where outcome = 'OPEN' and kind = 'PAYOUT' limit 10000
"""

LEVELS = (
    Level(
        name="entrepot_payments_in_doubt",
        about="Payments of which nobody knows whether the provider did what was asked, by age.",
        labels=("age",),
        sql=f"select {age('$1 - since')}, count(*) from ({_IN_DOUBT}) as it group by 1",
    ),
    Level(
        name="entrepot_payments_in_doubt_seconds_max",
        about="How long the oldest of them has been in doubt; 0 when none is.",
        sql=f"""
            select coalesce(extract(epoch from $1 - min(since)), 0) from ({_IN_DOUBT}) as it
        """,
    ),
    Level(
        name="entrepot_provider_operations_open",
        about="What the provider was asked and has not answered, by kind and age.",
        labels=("kind", "age"),
        sql=f"select kind, {age('$1 - since')}, count(*) from ({_OPEN}) as it group by 1, 2",
    ),
    Level(
        name="entrepot_payouts_open",
        about="Payouts that the bank has not confirmed, by age.",
        labels=("currency", "age"),
        sql=f"select currency, {age('$1 - since')}, count(*) from ({_PAYOUTS}) as it group by 1, 2",
    ),
    Level(
        name="entrepot_payouts_open_amount",
        about="What these payouts come to, in minor units.",
        labels=("currency",),
        sql=f"select currency, sum(amount) from ({_PAYOUTS}) as it group by 1",
    ),
    Level(
        name="entrepot_payouts_open_seconds_max",
        about="How long the oldest of them is under way; 0 when none is.",
        sql=f"""
            select coalesce(extract(epoch from $1 - min(since)), 0) from ({_PAYOUTS}) as it
        """,
    ),
)


def watching_on(pool: "asyncpg.Pool[Any]") -> Watching:
    return Watching(levels=LEVELS, watchers=[answer_times(pool), payout_times(pool)])


def answer_times(pool: "asyncpg.Pool[Any]") -> Stages:
    """From asking the provider until it answered, whatever it answered."""
    return Stages(
        Histograms(
            "entrepot_provider_seconds",
            "From asking the provider until its answer was recorded, in business time.",
            ["kind"],
            bounds=BOUNDS,
        ),
        {
            Payment.AuthorizationRequested.TOPIC: "authorization",
            Payment.CaptureRequested.TOPIC: "capture",
            Payment.VoidRequested.TOPIC: "void",
            Payment.RefundRequested.TOPIC: "refund",
            Payment.ReversalRequested.TOPIC: "reversal",
            Payment.ActionRequired.TOPIC: "",
            Payment.ActionConfirmed.TOPIC: "confirmation",
            Payment.Authorized.TOPIC: "",
            Payment.Declined.TOPIC: "",
            Payment.Captured.TOPIC: "",
            Payment.CaptureFailed.TOPIC: "",
            Payment.Voided.TOPIC: "",
            Payment.VoidFailed.TOPIC: "",
            Payment.RefundSucceeded.TOPIC: "",
            Payment.RefundFailed.TOPIC: "",
            Payment.Reversed.TOPIC: "",
            Payment.ReversalFailed.TOPIC: "",
        },
        pool,
    )


def payout_times(pool: "asyncpg.Pool[Any]") -> Stages:
    """From the ledger's order to pay until the payee's bank had the money, or refused it."""
    return Stages(
        Histograms(
            "entrepot_payout_seconds",
            "From the order to pay until the bank had the money or refused it, in business time.",
            ["until"],
            bounds=BOUNDS,
        ),
        {Payout.Requested.TOPIC: "paid", Payout.Paid.TOPIC: "", Payout.Failed.TOPIC: ""},
        pool,
    )
