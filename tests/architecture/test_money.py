"""Whatever moves money reaches the books: its fact is followed, and what follows has a rule."""

import ast
import importlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from google.protobuf.descriptor import FileDescriptor

from libs.contracts.common.v1 import options_pb2
from libs.domain import Aggregate
from tests.architecture.tree import ROOT, aggregates, events_file, facts
from tests.protos import load_proto

TELLERS = ["order", "payment", "returns", "warehouse"]
"""Services whose public facts may move money; the ledger's own are its entries already."""
POLICIES = ROOT / "services/ledger/policies.py"


def unfollowed(file: FileDescriptor, policies: str) -> Iterator[str]:
    """Public facts that move money and that the ledger does not take up, come what may."""
    followed = set(matched(policies))
    for message in file.message_types_by_name.values():
        moves_money = message.GetOptions().Extensions[options_pb2.moves_money]
        if moves_money and message.name not in followed:
            yield f"{message.full_name} moves money and the ledger does not follow it"


def matched(source: str) -> Iterator[str]:
    """Names of classes that some `case` takes whatever their fields hold."""
    for case in ast.walk(ast.parse(source)):
        if isinstance(case, ast.match_case) and case.guard is None:
            yield from _taken(case.pattern)


def _taken(pattern: ast.pattern) -> Iterator[str]:
    match pattern:
        case ast.MatchAs(pattern=ast.pattern() as inner):
            yield from _taken(inner)
        case ast.MatchOr(patterns=choices):
            for choice in choices:
                yield from _taken(choice)
        case ast.MatchClass(cls=ast.Name(id=name), kwd_patterns=parts):
            if all(isinstance(part, ast.MatchAs) and part.pattern is None for part in parts):
                yield name


def unruled(
    kinds: Iterable[type[Aggregate]], rules: Mapping[type, object], silent: Iterable[type]
) -> Iterator[str]:
    """Facts of the ledger of which it is not said, or said twice, what they do to the books."""
    silence = set(silent)
    for kind in kinds:
        for fact in facts(kind):
            if (fact in rules) == (fact in silence):
                said = "both a rule and silence" if fact in rules else "neither rule nor silence"
                yield f"{fact.__qualname__} has {said}"


@pytest.mark.parametrize("service", TELLERS)
def test_every_fact_that_moves_money_is_followed_by_the_ledger(service: str) -> None:
    assert list(unfollowed(events_file(service), POLICIES.read_text())) == []


def test_every_fact_of_the_ledger_has_a_rule_or_is_silent() -> None:
    rules = importlib.import_module("services.ledger.rules")

    assert list(unruled(aggregates("ledger"), rules.RULES, rules.SILENT)) == []


def test_money_that_nobody_follows_is_seen(tmp_path: Path) -> None:
    source = tmp_path / "planted_money.proto"
    names = ["Paid", "PaidAgain", "PaidEither", "PaidSometimes", "PaidGuarded", "PaidUnseen"]
    moving = "\n".join(
        f"message {name} {{ option (entrepot.common.v1.moves_money) = true; string id = 1; }}"
        for name in names
    )
    source.write_text(
        f"""
        syntax = "proto3";
        package entrepot.planted_money.v1;
        import "entrepot/common/v1/options.proto";
        {moving}
        message Moved {{ string id = 1; }}
        """
    )
    policies = """
match event.payload:
    case Paid() | PaidEither(id=_):
        yield
    case PaidAgain(id=id) as paid:
        yield
    case PaidSometimes(id="7"):
        yield
    case PaidGuarded() if luck:
        yield
    """

    assert list(unfollowed(load_proto(source), policies)) == [
        f"entrepot.planted_money.v1.{name} moves money and the ledger does not follow it"
        for name in ["PaidSometimes", "PaidGuarded", "PaidUnseen"]
    ]


class Purse(Aggregate):
    """Planted."""

    TOPIC = "planted.Purse"

    class Filled(Aggregate.Event):
        TOPIC = "planted.PurseFilled"

    class Emptied(Aggregate.Event):
        TOPIC = "planted.PurseEmptied"

    class Sewn(Aggregate.Event):
        TOPIC = "planted.PurseSewn"

    class Lost(Aggregate.Event):
        TOPIC = "planted.PurseLost"


def test_a_fact_without_a_word_on_the_books_is_seen() -> None:
    rules: dict[type, str] = {Purse.Filled: "a rule", Purse.Emptied: "a rule"}
    silent = [Purse.Emptied, Purse.Sewn]

    assert list(unruled([Purse], rules, silent)) == [
        "Purse.Emptied has both a rule and silence",
        "Purse.Lost has neither rule nor silence",
    ]
