"""Answers: every no has a name, and nobody who looks again sees an earlier state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.faults.checker.evidence import Evidence
from tests.faults.checker.history import Attempt

OF_THE_WIRE = {"UNAVAILABLE", "CANCELLED", "DEADLINE_EXCEEDED"}
"""What a client is told when nobody answers. It has no reason, for nobody gave one."""

NAMED = {
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "FAILED_PRECONDITION",
    "ABORTED",
    "RESOURCE_EXHAUSTED",
    "PERMISSION_DENIED",
    "UNAUTHENTICATED",
}


def every_no_has_a_name(evidence: Evidence) -> Iterator[str]:
    for call in evidence.history.calls:
        for attempt in call.attempts:
            if attempt.code in {"", "OK"} | OF_THE_WIRE:
                continue
            if attempt.code not in NAMED or not attempt.reason:
                yield f"{call.service} answered {call.method} with {attempt.code}: {attempt.text}"
            elif attempt.code == "RESOURCE_EXHAUSTED" and not attempt.advised:
                yield f"{call.service} shed {call.method} and did not say when to come back"


def reads_never_go_back(evidence: Evidence) -> Iterator[str]:
    """An order is a register that only advances: its history is linearisable when no operation
    returns a version below one that was returned before it began."""
    by_order: dict[str, list[Attempt]] = defaultdict(list)
    sent: set[str] = set()
    for call in evidence.history.calls:
        if call.service != "order":
            continue
        for attempt in call.attempts:
            # A write that was sent before is told its first answer, which may be an old one.
            again = call.request_id in sent
            if call.request_id:
                sent.add(call.request_id)
            if attempt.ended and not again and (attempt.name or call.about):
                by_order[attempt.name or call.about].append(attempt)
    for order, attempts in by_order.items():
        attempts.sort(key=lambda attempt: attempt.began)
        ended = sorted((a for a in attempts if a.code == "OK"), key=lambda a: a.ended)
        highest = at = 0
        for attempt in attempts:
            while at < len(ended) and ended[at].ended < attempt.began:
                highest = max(highest, ended[at].version)
                at += 1
            if attempt.code == "OK" and attempt.version < highest:
                yield f"{order} was seen at {attempt.version} after it was seen at {highest}"
            elif attempt.code == "NOT_FOUND" and highest:
                yield f"{order} was there, and was not found later"
