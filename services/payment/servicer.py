"""Payment over gRPC: proto to command, aggregate to proto."""

from collections.abc import Sequence
from uuid import UUID

from google.type.money_pb2 import Money as MoneyMessage

from libs.contracts.common.v1 import types_pb2
from libs.contracts.payment.v1 import payment_service_pb2 as pb
from libs.contracts.payment.v1.payment_service_pb2_grpc import PaymentServiceServicer
from libs.domain import NotFound, derived_id
from libs.money import Money
from libs.rpc import batch, caller
from libs.rpc.convert import from_money, timestamp, to_money, to_uuid
from libs.rpc.pages import page_of
from services.payment.app import PaymentApp
from services.payment.commands import (
    CapturePayment,
    ConfirmAction,
    HearProvider,
    RefundPayment,
    ResolveUnknown,
    SettleProvider,
    SubmitPayout,
    VoidPayment,
)
from services.payment.domain import (
    Payment,
    PaymentState,
    Payout,
    Refund,
    Resolution,
    SettledLine,
)
from services.payment.readmodel import PaymentLists
from services.payment.reconciliation import Books, Difference, reconcile

DIFFERENCES = 1000


class PaymentServicer(PaymentServiceServicer):
    def __init__(self, app: PaymentApp, lists: PaymentLists, *, provider_books: Books) -> None:
        self._app = app
        self._lists = lists
        self._provider_books = provider_books

    async def GetPayment(self, request: pb.GetPaymentRequest, context: object) -> pb.Payment:
        payment = await self._app.get(to_uuid(request.name))
        if _buyer() not in (None, payment.buyer_id):
            raise NotFound(f"no payment {payment.id}", field="name")
        return _payment(payment)

    async def ListPayments(
        self, request: pb.ListPaymentsRequest, context: object
    ) -> pb.ListPaymentsResponse:
        page = page_of(request, int)
        listed, token = page.cut(
            await self._lists.search(
                order_id=to_uuid(request.order) if request.order else None,
                buyer_id=_buyer(),
                state=_state(request.state),
                after=page.after,
                limit=page.limit,
            ),
            key=lambda row: row.number,
        )
        payments = await self._app.get_all(row.id for row in listed)
        return pb.ListPaymentsResponse(
            payments=[_payment(payment) for payment in payments], next_page_token=token
        )

    async def CapturePayment(
        self, request: pb.CapturePaymentRequest, context: object
    ) -> pb.Payment:
        amount = request.amount if request.HasField("amount") else None
        return _payment(
            await self._app.capture_payment(
                CapturePayment(
                    request_id=UUID(request.request_id),
                    payment_id=to_uuid(request.name),
                    amount=to_money(amount, field="amount") if amount else None,
                    etag=request.etag,
                )
            )
        )

    async def VoidPayment(self, request: pb.VoidPaymentRequest, context: object) -> pb.Payment:
        return _payment(
            await self._app.void_payment(
                VoidPayment(
                    request_id=UUID(request.request_id),
                    payment_id=to_uuid(request.name),
                    etag=request.etag,
                )
            )
        )

    async def RefundPayment(self, request: pb.RefundPaymentRequest, context: object) -> pb.Payment:
        return await self._refund(request)

    async def BatchRefundPayments(
        self, request: pb.BatchRefundPaymentsRequest, context: object
    ) -> pb.BatchRefundPaymentsResponse:
        results = await batch.each(request.requests, self._refund, result=pb.RefundPaymentResult)
        return pb.BatchRefundPaymentsResponse(results=results)

    async def ConfirmAction(self, request: pb.ConfirmActionRequest, context: object) -> pb.Payment:
        return await self._confirm(request)

    async def BatchConfirmActions(
        self, request: pb.BatchConfirmActionsRequest, context: object
    ) -> pb.BatchConfirmActionsResponse:
        results = await batch.each(request.requests, self._confirm, result=pb.ConfirmActionResult)
        return pb.BatchConfirmActionsResponse(results=results)

    async def ResolveUnknown(
        self, request: pb.ResolveUnknownRequest, context: object
    ) -> pb.Payment:
        return _payment(
            await self._app.resolve_unknown(
                ResolveUnknown(
                    request_id=UUID(request.request_id),
                    payment_id=to_uuid(request.name),
                    resolution=_resolution(request.resolution),
                )
            )
        )

    async def IngestProviderEvent(
        self, request: pb.IngestProviderEventRequest, context: object
    ) -> pb.Payment:
        """A message counts once, however often and under whatever request it comes."""
        return _payment(
            await self._app.hear_provider(
                HearProvider(
                    request_id=derived_id("provider-event", request.provider, request.event_id),
                    payment_id=to_uuid(request.payment),
                    event_id=request.event_id,
                )
            )
        )

    async def SettleProvider(
        self, request: pb.SettleProviderRequest, context: object
    ) -> pb.SettleProviderResponse:
        lines = await self._app.settle_provider(SettleProvider(request_id=UUID(request.request_id)))
        currencies = sorted({line.gross.currency for line in lines})
        return pb.SettleProviderResponse(totals=[_total(lines, each) for each in currencies])

    async def GetReconciliation(
        self, request: pb.GetReconciliationRequest, context: object
    ) -> pb.Reconciliation:
        findings = await reconcile(
            ours=self._lists.books,
            theirs=self._provider_books,
            limit=request.limit or DIFFERENCES,
        )
        return pb.Reconciliation(
            differences=[_difference(difference) for difference in findings.differences],
            compared=findings.compared,
        )

    async def SubmitPayout(self, request: pb.SubmitPayoutRequest, context: object) -> pb.Payout:
        return _payout(
            await self._app.submit_payout(
                SubmitPayout(
                    request_id=UUID(request.request_id),
                    payout_id=UUID(request.payout_id),
                    payee_id=request.payee_id,
                    amount=to_money(request.amount, field="amount"),
                    statement_id=UUID(request.statement_id),
                )
            )
        )

    async def GetPayout(self, request: pb.GetPayoutRequest, context: object) -> pb.Payout:
        return _payout(await self._app.get_payout(to_uuid(request.name)))

    async def _refund(self, request: pb.RefundPaymentRequest) -> pb.Payment:
        request_id = UUID(request.request_id)
        refund_id = UUID(request.refund_id) if request.refund_id else None
        return _payment(
            await self._app.refund_payment(
                RefundPayment(
                    request_id=request_id,
                    payment_id=to_uuid(request.name),
                    refund_id=refund_id or derived_id("refund", request_id),
                    amount=to_money(request.amount, field="amount"),
                )
            )
        )

    async def _confirm(self, request: pb.ConfirmActionRequest) -> pb.Payment:
        return _payment(
            await self._app.confirm_action(
                ConfirmAction(
                    request_id=UUID(request.request_id),
                    payment_id=to_uuid(request.name),
                    buyer_id=_buyer(),
                )
            )
        )


def _buyer() -> str | None:
    """Whose payments the caller may see; None for those who may see all."""
    who = caller()
    return None if who.roles & {"finance", "ops", "service"} else who.subject


def _payment(payment: Payment) -> pb.Payment:
    return pb.Payment(
        name=f"payments/{payment.id}",
        etag=str(payment.version),
        order=f"orders/{payment.order_id}",
        amount=from_money(payment.amount),
        capture_policy=types_pb2.CapturePolicy.Value(f"CAPTURE_POLICY_{payment.capture_policy}"),
        state=pb.Payment.State.Value(f"STATE_{payment.state}"),
        authorized=from_money(payment.authorized),
        captured=from_money(payment.captured),
        voided=from_money(payment.voided),
        refunded=from_money(payment.refunded),
        settled=from_money(payment.settled),
        fees=from_money(payment.fees),
        action_url=payment.action_url,
        decline_code=payment.decline_code,
        refunds=[_refund(id, refund) for id, refund in payment.refunds.items()],
        next_inquiry_at=timestamp(payment.due) if payment.due else None,
    )


def _refund(refund_id: UUID, refund: Refund) -> pb.Refund:
    return pb.Refund(
        refund_id=str(refund_id),
        amount=from_money(refund.amount),
        state=pb.Refund.State.Value(f"STATE_{refund.state}"),
        failure_code=refund.failure_code,
    )


def _payout(payout: Payout) -> pb.Payout:
    return pb.Payout(
        name=f"payouts/{payout.id}",
        etag=str(payout.version),
        payee_id=payout.payee_id,
        amount=from_money(payout.amount),
        statement_id=str(payout.statement_id),
        state=pb.Payout.State.Value(f"STATE_{payout.state}"),
        failure_code=payout.failure_code,
    )


def _total(lines: Sequence[SettledLine], currency: str) -> pb.SettlementTotal:
    nothing = Money.zero(currency)
    gross = [line.gross for line in lines if line.gross.currency == currency]
    captures = [amount for amount in gross if amount > nothing]
    refunds = [nothing - amount for amount in gross if amount < nothing]
    fee = sum((line.fee for line in lines if line.gross.currency == currency), nothing)
    return pb.SettlementTotal(
        captures=len(captures),
        gross=from_money(sum(captures, nothing)),
        fee=from_money(fee),
        refunds=len(refunds),
        refunded=from_money(sum(refunds, nothing)),
        net=from_money(sum(gross, nothing) - fee),
    )


def _difference(difference: Difference) -> pb.Difference:
    return pb.Difference(
        kind=pb.Difference.Kind.Value(f"KIND_{difference.discrepancy}"),
        key=str(difference.either.key),
        account_id=str(difference.either.account),
        ours=_amount(difference.ours.amount if difference.ours else None),
        theirs=_amount(difference.theirs.amount if difference.theirs else None),
    )


def _amount(money: Money | None) -> MoneyMessage | None:
    return from_money(money) if money is not None else None


def _state(state: pb.Payment.State.ValueType) -> PaymentState | None:
    return PaymentState(pb.Payment.State.Name(state).removeprefix("STATE_")) if state else None


def _resolution(resolution: pb.Resolution.ValueType) -> Resolution:
    return Resolution(pb.Resolution.Name(resolution).removeprefix("RESOLUTION_"))
