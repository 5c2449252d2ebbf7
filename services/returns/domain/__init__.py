"""What returns decides: the returns of an order, its lines, its cases, and the refund."""

from services.returns.domain.case import (
    CaseState,
    Deadlines,
    Decision,
    Finding,
    Label,
    Request,
    ReturnCase,
    Verdict,
)
from services.returns.domain.line import (
    Eligibility,
    Goods,
    LineCancelled,
    LineLost,
    LineUnits,
    NotDelivered,
    ReturnWindowOver,
    SoldLine,
    TooManyUnits,
)
from services.returns.domain.order_returns import (
    RULES,
    OrderReturns,
    WrongCaseState,
    WrongCurrency,
)
from services.returns.domain.party import PLATFORM, Party
from services.returns.domain.refund import NOTHING, Amounts, Cleared
from services.returns.domain.words import Disposition, Fault, ReturnKind, ReturnReason

__all__ = [
    "NOTHING",
    "PLATFORM",
    "RULES",
    "Amounts",
    "CaseState",
    "Cleared",
    "Deadlines",
    "Decision",
    "Disposition",
    "Eligibility",
    "Fault",
    "Finding",
    "Goods",
    "Label",
    "LineCancelled",
    "LineLost",
    "LineUnits",
    "NotDelivered",
    "OrderReturns",
    "Party",
    "Request",
    "ReturnCase",
    "ReturnKind",
    "ReturnReason",
    "ReturnWindowOver",
    "SoldLine",
    "TooManyUnits",
    "Verdict",
    "WrongCaseState",
    "WrongCurrency",
]
