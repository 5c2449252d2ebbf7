"""What the ledger's own decisions ask of the books: balances as the journal has them now."""

from collections import Counter
from datetime import datetime
from typing import Final

from libs.books import Account
from services.ledger import chart
from services.ledger.app import ClientMoney, PayeeBalance
from services.ledger.domain.role import Role
from services.ledger.domain.treasury import OpenPosition
from services.ledger.reading import Axes, Period, Reader, Where
from services.ledger.reports import BALANCE_OF_ROLE, MODE_OF_ROLE

CLIENT_ASSETS: Final[frozenset[Account]] = frozenset({chart.CLIENT_CASH, chart.PROVIDER_RECEIVABLE})
"""Where clients' money is: with us, or still with the provider."""

CLIENT_LIABILITIES: Final[frozenset[Account]] = frozenset(
    {
        chart.REFUNDS_PAYABLE,
        chart.BUYER_CREDIT,
        chart.ESCROW_UNDELIVERED,
        chart.ESCROW_IN_HOLD,
        chart.AVAILABLE,
        chart.RESERVE,
        chart.DISPUTE_HOLD,
        chart.CREATOR_PENDING,
        chart.CREATOR_AVAILABLE,
        chart.AGENCY_PENDING,
        chart.AGENCY_AVAILABLE,
        chart.PARTNER_PENDING,
        chart.PARTNER_AVAILABLE,
        chart.PAYOUTS_IN_TRANSIT,
        chart.SALES_TAX,
        chart.VAT,
        chart.DUTY,
    }
)
"""What clients are owed: buyers, payees, and the authorities whose tax we collected."""


class JournalBalances:
    """The app's port on the journal. Each answer is one snapshot, true at its sequence."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def of_payee(
        self,
        *,
        role: Role,
        payee: str,
        legal_entity: str,
        currency: str,
        before: datetime | None = None,
    ) -> PayeeBalance:
        """The kept balances, less the lines, few as a rule, that took effect since."""
        available = BALANCE_OF_ROLE[role]
        mode = MODE_OF_ROLE.get(role, "")
        sold = role in {Role.MERCHANT, Role.SUPPLIER}
        receivable = chart.MERCHANT_RECEIVABLE if sold else chart.CREATOR_RECEIVABLE
        where = Where(
            codes=[available.code, receivable.code, chart.RESERVE.code],
            legal_entity=legal_entity,
            currency=currency,
            payee=payee,
        )
        answer = await self._reader.sums("code", "mode", where=where)
        sequence = answer.true_at.get(legal_entity, 0)
        found = Counter({it.key: it.amount for it in answer.rows})
        if before is not None:
            since = await self._reader.sums(
                "code",
                "mode",
                where=where,
                axes=Axes(sequence=sequence),
                period=Period(start=before),
            )
            found.subtract({it.key: it.amount for it in since.rows})
        return PayeeBalance(
            sequence=sequence,
            available=-found.get((available.code, mode), 0),
            receivable=found.get((receivable.code, ""), 0),
            reserve=-found.get((chart.RESERVE.code, ""), 0) if role is Role.MERCHANT else 0,
        )

    async def of_position(self, *, legal_entity: str, own: str, foreign: str) -> OpenPosition:
        answer = await self._reader.sums(
            "currency", where=Where(codes=[chart.FX_POSITION.code], legal_entity=legal_entity)
        )
        found = {it.key[0]: it.amount for it in answer.rows}
        return OpenPosition(owed=found.get(foreign, 0), set_aside=-found.get(own, 0))

    async def of_clients(self, *, legal_entity: str, currency: str) -> ClientMoney:
        where = Where(
            codes=[account.code for account in CLIENT_ASSETS | CLIENT_LIABILITIES],
            legal_entity=legal_entity,
            currency=currency,
        )
        answer = await self._reader.sums("code", where=where)
        held = owed = 0
        for it in answer.rows:
            account = chart.CHART[it.key[0]]
            if account in CLIENT_ASSETS:
                held += it.amount
            else:
                owed -= it.amount
        return ClientMoney(answer.true_at.get(legal_entity, 0), held, owed)
