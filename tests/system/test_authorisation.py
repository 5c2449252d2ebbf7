"""Who may do what to whose: every method, for every role, with what is theirs and what is not.

What is expected stands beside each method in the protos: its roles, and whether what it is about
is anybody's own. Each cell is a call that would succeed if only somebody else made it: the next
one of a story in which every method is called.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import grpc
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from deploy.local.tokens import AUDIENCE, ISSUER, ROLES
from tests.system.story import Stage, Turn, stage, tell
from tests.system.test_refusals import METHODS, OK, Answer, access_of, complaints, roles_of

OWN, FOREIGN, ABROAD = "own", "another's", "another market's"
WHOSE = (OWN, FOREIGN, ABROAD)
NOBODY = "nobody"
TENANTS = {
    "buyer": {OWN: "ava", FOREIGN: "zoe", ABROAD: "kim"},
    "merchant": {OWN: "bluebell", FOREIGN: "foxglove", ABROAD: "kiefer"},
    "creator": {OWN: "mei", FOREIGN: "ida", ABROAD: "otto"},
}
"""Whose the things of the story are, and two to whom they are not. Kim buys in DE, where the
others are; staff are of all markets."""
ALONE = {*TENANTS, NOBODY}
OTHER_OWNERS = {
    "order.FollowOrder": {"buyer": "iris"},
    "payment.ConfirmAction": {"buyer": "dan"},
    "warehouse.GetFulfilmentOrder": {"merchant": "aurora-no-bank"},
    "warehouse.ListFulfilmentOrders": {"merchant": "aurora-no-bank"},
}
"""Calls of the story that are about somebody else's."""
NOT_CREATORS = {"ledger.GetBalance", "ledger.ListStatements", "ledger.GetStatement"}
"""Those that are about a merchant's books, which are no creator's."""
TOLD_TO_ALL = {"heads"}
"""What an answer tells whoever may ask: up to where each journal has come, as a hash."""
SHUT = {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED}


@dataclass(frozen=True, slots=True)
class Cell:
    method: MethodDescriptor
    key: str
    role: str
    whose: str

    @property
    def expected(self) -> str:
        """As the proto has it: known or not, of the roles or not, theirs or not."""
        if self.role == NOBODY:
            return "unknown"
        if self.role not in roles_of(self.method):
            return "refused"
        confined = self.role in TENANTS and not access_of(self.method).shared
        theirs = self.whose == OWN and not (self.role == "creator" and self.key in NOT_CREATORS)
        return "denied" if confined and not theirs else "admitted"

    @property
    def reads(self) -> bool:
        return access_of(self.method).scope.endswith(".read")

    def __str__(self) -> str:
        return f"{self.key} as {self.role} of {self.whose}"


def cells(turn: Turn) -> Iterator[Cell]:
    for role in (*ROLES, NOBODY):
        for whose in WHOSE:
            yield Cell(turn.method, turn.key, role, whose)


async def test_every_cell_is_as_its_proto_has_it() -> None:
    counted: Counter[str] = Counter()
    problems: list[str] = []
    async with stage() as at:

        async def listen(turn: Turn, *, done: bool) -> None:
            """What is to be refused is tried before the story does it, and what is not, after."""
            before = at.facts()
            for cell in cells(turn):
                if not turn.first or (cell.expected == "admitted") is not done:
                    continue
                counted[cell.expected] += 1
                if cell.role not in ALONE and cell.whose != OWN:
                    continue  # Staff have nothing of their own: their three cells are one call.
                answer = await at.call(turn.method, turn.request, _token(at, cell))
                problems.extend(f"{cell}: {it}" for it in _wrong(cell, answer.outcome))
                if cell.expected == "denied" and answer.outcome == OK:
                    problems.extend(f"{cell}: told {it}" for it in _told(answer.response))
            if at.facts() != before:
                problems.append(f"{turn.key}: something was recorded")

        await tell(at, before=partial(listen, done=False), after=partial(listen, done=True))

    assert "\n".join(problems) == ""
    assert sum(counted.values()) == len(METHODS) * len(WHOSE) * (len(ROLES) + 1)
    assert sum(counted.values()) > 1_000


def _token(at: Stage, cell: Cell) -> str | None:
    if cell.role == NOBODY:
        return _no_token_of_ours(cell.whose)
    who = TENANTS.get(cell.role, {}).get(cell.whose, "")
    if cell.whose == OWN:
        who = OTHER_OWNERS.get(cell.key, {}).get(cell.role, who)
    return at.token(cell.role, who)


def _no_token_of_ours(whose: str) -> str | None:
    """None at all, one that somebody signed for themselves, and one that says nothing."""
    if whose == OWN:
        return None
    if whose == ABROAD:
        return "e30.e30.e30"
    until = datetime.now(UTC) + timedelta(hours=1)
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ava", "roles": ["ops"], "exp": until}
    return jwt.encode(claims, Ed25519PrivateKey.generate(), algorithm="EdDSA")


def _wrong(cell: Cell, answer: Answer) -> Iterator[str]:
    said = answer.reason or answer.code.name
    match cell.expected:
        case "unknown":
            right = said == "UNAUTHENTICATED"
        case "refused":
            right = said == "PERMISSION_DENIED"
        case "denied":
            # A list may also be answered, as long as nothing of others is in it.
            right = _denies(answer) or (cell.reads and answer == OK)
        case _ if cell.reads:
            right = answer == OK
        case _:
            # Done already, under the same id: what comes back is the first answer, or that the
            # id was another's. To have been let in is what counts.
            right = not _denies(answer) and answer.code not in SHUT
    if not right:
        yield f"{said} {answer.text}"
    if answer.code is not grpc.StatusCode.OK:
        yield from complaints(cell.method, "refused", answer)


def _denies(answer: Answer) -> bool:
    """It is not there, or not for this caller."""
    return answer.code is grpc.StatusCode.NOT_FOUND or answer.reason == "FORBIDDEN"


def _told(response: Message | None) -> Iterator[str]:
    """All that an answer says to somebody who has nothing; a list says nothing."""
    if response is None:
        return
    value: Any
    for field, value in response.ListFields():
        if field.name not in TOLD_TO_ALL:
            yield f"{field.name}: {value}"
