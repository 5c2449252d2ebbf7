"""Topics: everybody is told everything, nothing else, and in its order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from uuid import UUID

from tests.faults.checker.evidence import Evidence, Record
from tests.faults.checker.stores import event_id, told_of


def facts_are_told(evidence: Evidence) -> Iterator[str]:
    told = {(r.service, r.event): r.kind.rpartition(".")[2] for r in evidence.records}
    for fact in evidence.all_facts():
        kind = told_of(fact)
        if kind and told.get((fact.service, event_id(fact.stream, fact.version))) != kind:
            yield f"{fact.topic} of {fact.stream} was recorded, and {kind} never published"


def only_facts_are_told(evidence: Evidence) -> Iterator[str]:
    """No message tells what was never committed, and repeats are the same to the last byte."""
    first: dict[tuple[str, UUID], Record] = {}
    for record in evidence.records:
        facts = evidence.streams.get((record.service, record.stream), [])
        known = any(fact.version == record.version for fact in facts)
        if not known or record.event != event_id(record.stream, record.version):
            yield f"{record.kind} of {record.stream} tells of no fact that is there"
        before = first.setdefault((record.service, record.event), record)
        if (before.key, before.kind, before.value) != (record.key, record.kind, record.value):
            yield f"{record.kind} of {record.stream} was published twice, and differently"


def partitions_have_no_gaps(evidence: Evidence) -> Iterator[str]:
    offsets: dict[tuple[str, int], list[int]] = defaultdict(list)
    homes: dict[tuple[str, bytes], set[int]] = defaultdict(set)
    for record in evidence.records:
        offsets[record.service, record.partition].append(record.offset)
        homes[record.service, record.key].add(record.partition)
    for place, found in offsets.items():
        if found != list(range(len(found))):
            yield f"offsets of {place} have a gap"
    for (service, key), partitions in homes.items():
        if len(partitions) > 1:
            yield f"key {key!r} of {service} is on partitions {sorted(partitions)}"


def keys_are_told_in_order(evidence: Evidence) -> Iterator[str]:
    """What is told of a key the first time comes in the order in which it was committed."""
    marks = _marks(evidence)
    told: dict[tuple[str, bytes], list[Record]] = defaultdict(list)
    seen: set[tuple[str, UUID]] = set()
    for record in evidence.records:
        event = record.service, record.event
        if event not in seen and event in marks:
            seen.add(event)
            told[record.service, record.key].append(record)
    for (service, key), records in told.items():
        for one, next_ in pairwise(records):
            if marks[service, one.event] > marks[service, next_.event]:
                yield f"{service} told {next_.kind} of {key!r} after {one.kind}, which came later"


def keys_are_heard_in_order(evidence: Evidence) -> Iterator[str]:
    """What a service did because of a key's messages, it did in their order."""
    marks = _marks(evidence)
    for service, facts in evidence.facts.items():
        told = _told_by_one(evidence, besides=service)
        latest: dict[tuple[str, bytes], tuple[int, int]] = {}
        seen: set[str] = set()
        for fact in facts:
            cause = fact.meta.get("causation_id", "")
            if cause in seen or cause not in told:
                continue
            seen.add(cause)
            record = told[cause]
            mark = marks.get((record.service, record.event), (0, 0))
            if mark < latest.get((record.service, record.key), (0, 0)):
                yield f"{service} heard {record.key!r} out of order at {record.kind}"
            latest[record.service, record.key] = mark


def _told_by_one(evidence: Evidence, *, besides: str) -> dict[str, Record]:
    """Messages by the id of their event, where only one other service has told of that id."""
    told: dict[str, Record] = {}
    ambiguous: set[str] = set()
    for record in evidence.records:
        event = str(record.event)
        if told.setdefault(event, record).service != record.service:
            ambiguous.add(event)
    return {
        event: record
        for event, record in told.items()
        if event not in ambiguous and record.service != besides
    }


def _marks(evidence: Evidence) -> dict[tuple[str, UUID], tuple[int, int]]:
    return {
        (fact.service, event_id(fact.stream, fact.version)): fact.mark
        for fact in evidence.all_facts()
    }
