"""What a fact says, as one would tell it."""

from __future__ import annotations

import re
from typing import Any

from libs.money import Money

SAYS = {
    "order.Placed": "the order was placed",
    "order.PaymentAsked": "stock is held; payment {attempt} was asked for: {amount}",
    "order.Rejected": "the order was rejected: {reason}",
    "order.Expired": "the order expired",
    "order.ActionAsked": "the buyer has to confirm the payment",
    "order.Declined": "the card was declined: {decline_code}",
    "order.Paid": "the order is paid; the buyer may still think again",
    "order.Released": "the hold is over: the order was released",
    "order.LinesCancelled": "lines were cancelled by {fault}; to be refunded: {refund}",
    "order.LatePaymentReturned": "money came too late, and goes back: {refund}",
    "order.Picking": "picking has begun: it cannot be cancelled any more",
    "order.Shipped": "a parcel is under way",
    "order.PackageDelivered": "a parcel has arrived",
    "order.PackageLost": "a parcel is lost",
    "order.Delivered": "all has arrived; the return window is open",
    "order.ReturnOpened": "a return is open",
    "order.ReturnClosed": "the return is closed",
    "order.Refunded": "money was given back",
    "order.Completed": "the return window is over: the order is complete",
    "payment.Payment.AuthorizationRequested": "the provider is asked for {operation}",
    "payment.Payment.ActionRequired": "the provider wants the buyer to confirm",
    "payment.Payment.ActionConfirmed": "the buyer has confirmed",
    "payment.Payment.Doubted": "the provider did not answer: nobody knows whether it was done",
    "payment.Payment.InquiryRequested": "the provider is asked what became of it",
    "payment.Payment.Authorized": "the provider holds {amount}",
    "payment.Payment.Declined": "the provider declined: {decline_code}",
    "payment.Payment.CaptureRequested": "the provider is asked to take {operation}",
    "payment.Payment.Captured": "{amount} was taken",
    "payment.Payment.CaptureFailed": "the money could not be taken: {failure_code}",
    "payment.Payment.VoidRequested": "the provider is asked to let go of {operation}",
    "payment.Payment.Voided": "the provider let go of {amount}",
    "payment.Payment.RefundNoted": "{amount} is to be given back",
    "payment.Payment.RefundRequested": "the provider is asked to give back {operation}",
    "payment.Payment.RefundSucceeded": "{amount} was given back",
    "payment.Payment.RefundFailed": "the refund failed: {failure_code}",
    "payment.Payment.Settled": "the provider has paid it out to us",
    "warehouse.Reservation.Opened": "stock was asked for",
    "warehouse.Reservation.Held": "all of it is held until {expires_at}",
    "warehouse.Reservation.Rejected": "stock is short: nothing is held",
    "warehouse.Reservation.Extended": "the hold was prolonged until {expires_at}",
    "warehouse.Reservation.Secured": "the hold stands: it is paid",
    "warehouse.Reservation.Released": "the stock is free again",
    "warehouse.Reservation.Expired": "the hold ran out",
    "warehouse.Reservation.Confirmed": "the stock was allocated to parcels",
    "warehouse.FulfilmentOrder.Planned": "a parcel is planned at {node_id}",
    "warehouse.FulfilmentOrder.HandedOver": "handed over to {carrier}",
    "warehouse.FulfilmentOrder.Departed": "the parcel is on the road",
    "warehouse.FulfilmentOrder.Delivered": "the parcel was delivered",
    "warehouse.FulfilmentOrder.Lost": "the parcel was lost",
    "returns.OrderReturnsBegun": "returns heard of the order",
    "returns.OrderSold": "returns noted what was sold",
    "returns.ReturnRequested": "the buyer wants to give something back",
    "returns.ReturnApproved": "the return was approved",
    "returns.ReturnRejected": "the return was rejected: {note}",
    "returns.ReturnReceived": "the goods are back",
    "returns.ReturnInspected": "the goods were inspected",
    "returns.RefundDecided": "it was decided what the buyer gets back",
    "ledger.OrderBookOpened": "the order's book was opened",
    "ledger.OrderPlaced": "the book knows what was sold",
    "ledger.Awaited": "something came before what it builds on, and waits to be posted",
    "ledger.TakenUp": "what it builds on has come: it is posted",
    "ledger.AuthorizationHeld": "posted: the authorisation",
    "ledger.CaptureAllocated": "posted: the capture, into escrow and tax",
    "ledger.FundsReceived": "posted: the money from the provider, less its fee",
    "ledger.EscrowHeld": "posted: goods have arrived; escrow is held until settlement",
    "ledger.RevenueEarned": "posted: goods have arrived; revenue is earned",
    "ledger.LinesSettled": "posted: escrow settled to merchant, creator and us",
    "ledger.ReserveReleased": "posted: the reserve was released",
    "ledger.CommissionReleased": "posted: the commissions were released",
    "ledger.EscrowRefunded": "posted: a refund out of escrow",
    "ledger.RefundPaid": "posted: the refund was paid",
}
"""By stored name. Others are told by their name itself."""

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def say(fact: Any) -> str:
    """One line about a fact of any aggregate."""
    topic: str = fact.TOPIC
    if topic in SAYS:
        return SAYS[topic].format_map(_Fields(vars(fact)))
    name = _WORDS.sub(" ", topic.rpartition(".")[2]).lower()
    return f"posted: {name}" if hasattr(fact, "effective_at") else name


class _Fields(dict[str, Any]):
    """A fact's fields, as a reader wants them."""

    def __getitem__(self, name: str) -> str:
        value = super().__getitem__(name)
        if name in {"amount", "refund"} and isinstance(value, int):
            value = Money(value, super().__getitem__("currency"))
        if name == "operation":
            value = value.amount
        if hasattr(value, "isoformat"):
            return f"{value:%Y-%m-%d %H:%M}"
        return str(value).lower() if isinstance(value, str) and value.isupper() else str(value)
