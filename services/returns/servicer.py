"""Returns over gRPC: proto to command, aggregate to proto."""

from uuid import UUID

from google.type.money_pb2 import Money as MoneyMessage

from libs.contracts.common.v1 import types_pb2
from libs.contracts.returns.v1 import returns_service_pb2 as pb
from libs.contracts.returns.v1.returns_service_pb2_grpc import ReturnsServiceServicer
from libs.domain import derived_id
from libs.money import Money
from libs.rpc import batch, caller
from libs.rpc.catalogue import reason_name
from libs.rpc.convert import from_money, timestamp, to_money, to_uuid
from libs.rpc.pages import page_of
from services.returns.app import ReturnsApp
from services.returns.commands import (
    ApproveReturn,
    CloseCase,
    OpenReturn,
    RecordInspection,
    RegisterShipBack,
    RejectReturn,
    WithdrawReturn,
)
from services.returns.domain import (
    PLATFORM,
    RULES,
    CaseState,
    Cleared,
    Decision,
    Disposition,
    Eligibility,
    Fault,
    Finding,
    OrderReturns,
    Party,
    ReturnKind,
    ReturnReason,
)
from services.returns.readmodel import CaseList


class ReturnsServicer(ReturnsServiceServicer):
    def __init__(self, app: ReturnsApp, cases: CaseList) -> None:
        self._app = app
        self._cases = cases

    async def CheckEligibility(
        self, request: pb.CheckEligibilityRequest, context: object
    ) -> pb.Eligibility:
        order = await self._app.get(to_uuid(request.order))
        return _eligibility(
            order.eligibility(
                UUID(request.line_id), request.quantity, party=_party(), now=self._app.now()
            )
        )

    async def CalculateRefund(
        self, request: pb.CalculateRefundRequest, context: object
    ) -> pb.Refund:
        order = await self._app.get(to_uuid(request.order))
        fault = _reason(request.reason).presumed_fault
        cleared = order.worth(UUID(request.line_id), request.quantity, fault=fault, party=_party())
        return _refund(
            cleared, currency=order.currency, fault=fault, rule=RULES[_kind(request.kind)]
        )

    async def OpenReturn(self, request: pb.OpenReturnRequest, context: object) -> pb.ReturnCase:
        return await self._open(request)

    async def BatchOpenReturns(
        self, request: pb.BatchOpenReturnsRequest, context: object
    ) -> pb.BatchOpenReturnsResponse:
        results = await batch.each(request.requests, self._open, result=pb.OpenReturnResult)
        return pb.BatchOpenReturnsResponse(results=results)

    async def DecideReturn(self, request: pb.DecideReturnRequest, context: object) -> pb.ReturnCase:
        order_id, return_id = _ids(request.name)
        if request.approved:
            order = await self._app.approve_return(
                ApproveReturn(
                    request_id=UUID(request.request_id),
                    party=_party(),
                    order_id=order_id,
                    return_id=return_id,
                    fault=_fault(request.fault),
                    etag=request.etag,
                )
            )
        else:
            order = await self._app.reject_return(
                RejectReturn(
                    request_id=UUID(request.request_id),
                    party=_party(),
                    order_id=order_id,
                    return_id=return_id,
                    note=request.note,
                    etag=request.etag,
                )
            )
        return _case(order, return_id)

    async def RegisterShipBack(
        self, request: pb.RegisterShipBackRequest, context: object
    ) -> pb.ReturnCase:
        order_id, return_id = _ids(request.name)
        order = await self._app.register_ship_back(
            RegisterShipBack(
                request_id=UUID(request.request_id),
                party=_party(),
                order_id=order_id,
                return_id=return_id,
                carrier=request.carrier,
                tracking_number=request.tracking_number,
                label_cost=(
                    to_money(request.label_cost, field="label_cost")
                    if request.HasField("label_cost")
                    else None
                ),
                label_charged=(
                    to_money(request.label_charged, field="label_charged")
                    if request.HasField("label_charged")
                    else None
                ),
            )
        )
        return _case(order, return_id)

    async def RecordInspection(
        self, request: pb.RecordInspectionRequest, context: object
    ) -> pb.ReturnCase:
        return await self._inspect(request)

    async def BatchRecordInspections(
        self, request: pb.BatchRecordInspectionsRequest, context: object
    ) -> pb.BatchRecordInspectionsResponse:
        results = await batch.each(
            request.requests, self._inspect, result=pb.RecordInspectionResult
        )
        return pb.BatchRecordInspectionsResponse(results=results)

    async def WithdrawReturn(
        self, request: pb.WithdrawReturnRequest, context: object
    ) -> pb.ReturnCase:
        order_id, return_id = _ids(request.name)
        order = await self._app.withdraw_return(
            WithdrawReturn(
                request_id=UUID(request.request_id),
                party=_party(),
                order_id=order_id,
                return_id=return_id,
            )
        )
        return _case(order, return_id)

    async def CloseCase(self, request: pb.CloseCaseRequest, context: object) -> pb.ReturnCase:
        order_id, return_id = _ids(request.name)
        order = await self._app.close_case(
            CloseCase(
                request_id=UUID(request.request_id),
                party=_party(),
                order_id=order_id,
                return_id=return_id,
                note=request.note,
                etag=request.etag,
            )
        )
        return _case(order, return_id)

    async def GetReturn(self, request: pb.GetReturnRequest, context: object) -> pb.ReturnCase:
        order_id, return_id = _ids(request.name)
        return _case(await self._app.get(order_id), return_id)

    async def ListReturns(
        self, request: pb.ListReturnsRequest, context: object
    ) -> pb.ListReturnsResponse:
        page = page_of(request, int)
        listed, token = page.cut(
            await self._cases.search(
                party=_party(),
                order_id=to_uuid(request.order) if request.order else None,
                merchant_id=request.merchant.removeprefix("merchants/") or None,
                state=_state(request.state),
                after=page.after,
                limit=page.limit,
            ),
            key=lambda case: case.number,
        )
        orders = await self._app.get_all({case.order_id for case in listed})
        return pb.ListReturnsResponse(
            returns=[_case(orders[case.order_id], case.return_id) for case in listed],
            next_page_token=token,
        )

    async def _open(self, request: pb.OpenReturnRequest) -> pb.ReturnCase:
        request_id = UUID(request.request_id)
        order = await self._app.open_return(
            OpenReturn(
                request_id=request_id,
                party=_party(),
                order_id=to_uuid(request.order),
                line_id=UUID(request.line_id),
                quantity=request.quantity,
                kind=_kind(request.kind),
                reason=_reason(request.reason),
                outside_window=request.outside_window,
                agreed=request.agreed,
            )
        )
        return _case(order, derived_id("return", request_id))

    async def _inspect(self, request: pb.RecordInspectionRequest) -> pb.ReturnCase:
        order_id, return_id = _ids(request.name)
        order = await self._app.record_inspection(
            RecordInspection(
                request_id=UUID(request.request_id),
                party=_party(),
                order_id=order_id,
                return_id=return_id,
                node_id=request.node_id,
                findings=tuple(
                    Finding(finding.quantity, _disposition(finding.disposition))
                    for finding in request.findings
                ),
                fault=_fault(request.fault),
            )
        )
        return _case(order, return_id)


def _party() -> Party:
    """On whose behalf the caller asks; who has several roles asks in the widest."""
    who = caller()
    if who.roles & {"finance", "ops", "service"}:
        return PLATFORM
    if who.has("merchant"):
        return Party(merchant_id=who.merchant or "")
    return Party(buyer_id=who.subject)


def _ids(name: str) -> tuple[UUID, UUID]:
    """The order and the return of `orders/{order}/returns/{return}`."""
    _, order_id, _, return_id = name.split("/")
    return UUID(order_id), UUID(return_id)


def _case(order: OrderReturns, return_id: UUID) -> pb.ReturnCase:
    case = order.case(return_id, party=_party())
    return pb.ReturnCase(
        name=f"orders/{order.id}/returns/{return_id}",
        etag=str(order.version),
        line_id=str(case.line_id),
        merchant=f"merchants/{order.sold[case.line_id].merchant_id}",
        kind=pb.ReturnKind.Value(f"RETURN_KIND_{case.request.kind}"),
        reason=pb.ReturnReason.Value(f"RETURN_REASON_{case.request.reason}"),
        quantity=case.quantity,
        state=pb.ReturnCase.State.Value(f"STATE_{case.state}"),
        fault=types_pb2.Fault.Value(f"FAULT_{case.fault}"),
        auto_approved=case.auto_approved,
        requested_at=timestamp(case.request.requested_at),
        due_at=timestamp(case.due_at) if case.due_at else None,
        carrier=case.carrier,
        tracking_number=case.tracking_number,
        findings=[
            pb.Finding(
                quantity=finding.quantity,
                disposition=types_pb2.Disposition.Value(f"DISPOSITION_{finding.disposition}"),
            )
            for finding in case.findings
        ],
        verdict=pb.ReturnCase.Verdict.Value(f"VERDICT_{case.verdict or 'UNSPECIFIED'}"),
        refund=_decided(case.decision) if case.decision else None,
        note=case.note,
    )


def _decided(decision: Decision) -> pb.Refund:
    refund = _refund(
        decision.cleared, currency=decision.currency, fault=decision.fault, rule=decision.rule
    )
    refund.refund_id = str(decision.refund_id)
    return refund


def _refund(cleared: Cleared, *, currency: str, fault: Fault, rule: str) -> pb.Refund:
    def money(amount: int) -> MoneyMessage:
        return from_money(Money(amount, currency))

    refunded = cleared.refunded
    return pb.Refund(
        quantity=cleared.units,
        item=money(refunded.item),
        merchant_discount=money(refunded.merchant_discount),
        platform_discount=money(refunded.platform_discount),
        shipping=money(refunded.shipping),
        tax=money(refunded.tax),
        duty=money(refunded.duty),
        refund=money(refunded.paid),
        fault=types_pb2.Fault.Value(f"FAULT_{fault}"),
        rule=rule,
    )


def _eligibility(eligibility: Eligibility) -> pb.Eligibility:
    obstacle, ends_at = eligibility.obstacle, eligibility.window_ends_at
    reason = f"ERROR_REASON_{reason_name(type(obstacle)) if obstacle else 'UNSPECIFIED'}"
    return pb.Eligibility(
        eligible=obstacle is None,
        reason=pb.ErrorReason.Value(reason),
        returnable_quantity=eligibility.returnable,
        window_ends_at=timestamp(ends_at) if ends_at else None,
    )


def _kind(kind: pb.ReturnKind.ValueType) -> ReturnKind:
    return ReturnKind(pb.ReturnKind.Name(kind).removeprefix("RETURN_KIND_"))


def _reason(reason: pb.ReturnReason.ValueType) -> ReturnReason:
    return ReturnReason(pb.ReturnReason.Name(reason).removeprefix("RETURN_REASON_"))


def _fault(fault: types_pb2.Fault.ValueType) -> Fault | None:
    return Fault(types_pb2.Fault.Name(fault).removeprefix("FAULT_")) if fault else None


def _state(state: pb.ReturnCase.State.ValueType) -> CaseState | None:
    return CaseState(pb.ReturnCase.State.Name(state).removeprefix("STATE_")) if state else None


def _disposition(disposition: types_pb2.Disposition.ValueType) -> Disposition:
    return Disposition(types_pb2.Disposition.Name(disposition).removeprefix("DISPOSITION_"))
