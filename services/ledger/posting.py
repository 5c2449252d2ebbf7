"""What a fact posts, as the journal takes it: the lines of its rule, and what they are about."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.books import Line
from services.ledger.chain import Heading
from services.ledger.rules import RULES, SILENT, Fact, entry_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """An entry before it has its place in the journal."""

    legal_entity: str
    rule: str
    rule_version: int
    stream_id: UUID
    version: int
    effective_at: datetime
    reference: str
    """The order it is about, or else the payee; empty where it is about neither."""
    lines: tuple[Line, ...]

    def heading(self, *, sequence: int, recorded_at: datetime) -> Heading:
        return Heading(
            legal_entity=self.legal_entity,
            sequence=sequence,
            rule=self.rule,
            rule_version=self.rule_version,
            stream_id=self.stream_id,
            version=self.version,
            effective_at=self.effective_at,
            recorded_at=recorded_at,
            reference=self.reference,
        )


def posting_of(fact: Fact) -> Posting | None:
    """None for a fact that moves nothing, or whose every amount is 0."""
    rule = RULES.get(type(fact))
    if rule is None:
        assert type(fact) in SILENT, f"{type(fact).__name__} has no posting rule"
        return None
    lines = entry_for(fact).lines
    if not lines:
        return None
    header = vars(fact)
    return Posting(
        legal_entity=header["legal_entity"],
        rule=rule.name,
        rule_version=rule.version,
        stream_id=fact.originator_id,
        version=fact.originator_version,
        effective_at=header["effective_at"],
        reference=reference_of(fact),
        lines=lines,
    )


def reference_of(fact: Fact) -> str:
    """The order that a fact is about, or else the payee; empty where it is about neither."""
    said = vars(fact)
    return str(said.get("order_id", said.get("payee", "")))
