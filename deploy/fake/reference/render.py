"""The reference as Markdown: a page for each service, one for the facts, one for the refusals."""

import importlib
import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence

from google.protobuf.descriptor import Descriptor, EnumDescriptor, MethodDescriptor
from google.protobuf.json_format import MessageToDict

from deploy.fake.command import LISTEN
from deploy.fake.reference.comments import comments
from deploy.fake.reference.play import Asked, Played, methods, shown
from deploy.fake.reference.refusing import ANY_CALL, refusals_of
from deploy.fake.reference.story import CAST, START, Pass
from deploy.fake.services import MAKE
from libs.client.generate import is_safe
from libs.contracts.common.v1 import options_pb2
from libs.messaging.envelope import Envelope
from libs.messaging.parking import Message
from libs.rpc.catalogue import COMMON, domain_of, reasons_of
from services.ledger.posting import Posting

GENERATED = "<!-- Written by `make reference`; edit the protos or deploy/fake/reference. -->"
AS_TOLD = ("traceparent",)
"""Headers that differ from one run to the next."""


def pages(played: Played) -> dict[str, str]:
    """Every file of the reference, by name."""
    services = {f"{name}.md": _service(name, played) for name in MAKE}
    return {
        "README.md": _index(played),
        **services,
        "events.md": _events(played),
        "errors.md": _errors(),
        "story.sh": _script(played),
    }


# The way in


def _index(played: Played) -> str:
    counts = {name: sum(service == name for service, _ in methods()) for name in MAKE}
    rows = "\n".join(f"| [{it}]({it}.md) | {counts[it]} methods |" for it in MAKE)
    return f"""{GENERATED}

# Reference

What the services can be asked, what they tell, and how they refuse; written from the protos and
from a story that is played on the fake. `make check` fails when it has drifted.

| | |
|---|---|
{rows}
| [events](events.md) | {len(_event_types())} facts on the topics |
| [errors](errors.md) | the reasons of refusal |

Every method has an example. They are one story of {len(played.calls)} steps: `story.sh` has all of
them in their order, and each can be made when those before it were. To try them, start a fake of
your own, and make tokens:

    entrepot fake --clock {START}
{chr(10).join(f"    {it}" for it in exports())}

Install [grpcurl](https://github.com/fullstorydev/grpcurl) by
`go install github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3`; servers have reflection, so that it
needs no protos. What a service is asked reaches the others in milliseconds; the examples wait for
that with `entrepot clock advance 0s`.
"""


def exports() -> Iterator[str]:
    """How a shell gets the tokens of the cast."""
    for who, said in CAST.items():
        options = " ".join(f"--{name} {value}" for name, value in said.items())
        yield f"export {who}=$(entrepot token {options})"


# Methods


def _service(name: str, played: Played) -> str:
    examples = shown(played.calls)
    found = [method for (service, _), method in methods().items() if service == name]
    service = found[0].containing_service
    parts = [
        f"{GENERATED}\n\n# {service.full_name}\n\n{comments()[service.full_name]}",
        *(_method(it, examples[it.full_name]) for it in found),
    ]
    return "\n\n".join(parts) + "\n"


def _method(method: MethodDescriptor, example: Asked) -> str:
    access = method.GetOptions().Extensions[options_pb2.access]
    roles = ", ".join(_short(options_pb2.Role.Name(it), "ROLE_") for it in access.roles)
    stream = "stream of " if method.server_streaming else ""
    again = "yes" if is_safe(method) else "no"
    refusals = ", ".join(f"`{it}`" for it in refusals_of(method)) or "nothing of its own"
    return "\n".join(
        [
            f"## {method.name}",
            "",
            comments()[method.full_name],
            "",
            f"`{method.input_type.name}` → {stream}`{method.output_type.name}`",
            "",
            "| roles | scope | may be sent again |",
            "|---|---|---|",
            f"| {roles} | `{access.scope}` | {again} |",
            "",
            f"Refused with {refusals}, or as [any call](errors.md#any-call).",
            "",
            "```sh",
            command(example),
            "```",
        ]
    )


def command(asked: Asked) -> str:
    """The call as `grpcurl` makes it."""
    service, name = asked.method.containing_service.full_name, asked.method.name
    body = json.dumps(asked.request, indent=2, ensure_ascii=False)
    return (
        f'grpcurl -plaintext -max-time 60 -H "authorization: Bearer ${asked.ask.who}" \\\n'
        f"  -d {shlex.quote(body)} \\\n"
        f"  {LISTEN} {service}/{name}"
    )


def _script(played: Played) -> str:
    lines = [
        "#!/bin/sh",
        "# Written by `make reference`: the examples of the reference in their order, for a fake",
        f"# that was started with `entrepot fake --clock {START}`.",
        "set -eu",
        "",
        *exports(),
        "",
    ]
    for step in played.calls:
        if isinstance(step, Pass):
            lines.append(f"entrepot clock advance {step.by}")
        else:
            lines += [command(step), "entrepot clock advance 0s"]
    return "\n".join(lines) + "\n"


# Facts


def _events(played: Played) -> str:
    first: dict[str, tuple[Message, Envelope]] = {}
    for message, event in played.messages:
        first.setdefault(event.payload.DESCRIPTOR.full_name, (message, event))
    effects = _effects(played)
    intro = f"""{GENERATED}

# Facts

What a service says, it says on its own topic, as protobuf behind CloudEvents headers in binary
mode. Messages of one key keep their order; each may come twice, with the same `ce_id`. Facts are
kept for ever, and only added to: ignore fields that you do not know.

The examples are from the story of this reference. `ce_correlationid` is the request from outside
that all of it belongs to, `ce_causationid` what led to this directly; `traceparent`, left out here,
is the W3C trace."""
    parts = [intro]
    for name, kinds in _by_service().items():
        parts.append(f"# {name}: topic `entrepot.{name}.v1`")
        parts += [_event(it, first.get(it.full_name), effects.get(it.full_name)) for it in kinds]
    return "\n\n".join(parts) + "\n"


def _event(
    kind: Descriptor,
    example: tuple[Message, Envelope] | None,
    postings: Sequence[Posting] | None,
) -> str:
    (key,) = (it.name for it in kind.fields if it.GetOptions().Extensions[options_pb2.key])
    lines = [f"## {kind.name}", "", comments()[kind.full_name], "", f"Key: `{key}`. "]
    lines[-1] += _books(kind, postings)
    if example is None:
        return "\n".join([*lines, "", "The story has none."])
    message, event = example
    headers = [
        f"{name}: {value.decode()}" for name, value in message.headers if name not in AS_TOLD
    ]
    body = json.dumps(MessageToDict(event.payload), indent=2, ensure_ascii=False, sort_keys=True)
    return "\n".join([*lines, "", "```", *headers, "", body, "```"])


def _books(kind: Descriptor, postings: Sequence[Posting] | None) -> str:
    if postings:
        return "\n".join(["The ledger posts, where the story has it:", "", *_entries(postings)])
    if kind.GetOptions().Extensions[options_pb2.moves_money]:
        return "It moves money: the ledger posts what follows from it."
    return "The books do not change."


def _entries(postings: Iterable[Posting]) -> Iterator[str]:
    """One line a rule, as accounts on either side."""
    for rule, posting in {it.rule: it for it in postings}.items():
        debit = sorted({it.account.name for it in posting.lines if it.amount > 0})
        credit = sorted({it.account.name for it in posting.lines if it.amount < 0})
        yield f"- `{rule}`: debit {', '.join(debit)}; credit {', '.join(credit)}"


def _effects(played: Played) -> Mapping[str, list[Posting]]:
    """What each kind of fact has led the ledger to post."""
    kinds = {event.event_id: event.payload.DESCRIPTOR.full_name for _, event in played.messages}
    effects: dict[str, list[Posting]] = {}
    for event_id, postings in played.postings.items():
        if event_id in kinds:
            effects.setdefault(kinds[event_id], []).extend(postings)
    return effects


def _by_service() -> Mapping[str, list[Descriptor]]:
    return {name: [it for it in _event_types() if f".{name}." in it.full_name] for name in MAKE}


def _event_types() -> list[Descriptor]:
    """Messages that mark a key are facts; the others are parts of some."""
    return [
        kind
        for name in MAKE
        for kind in importlib.import_module(
            f"libs.contracts.{name}.v1.events_pb2"
        ).DESCRIPTOR.message_types_by_name.values()
        if any(it.GetOptions().Extensions[options_pb2.key] for it in kind.fields)
    ]


# Refusals


def _errors() -> str:
    intro = f"""{GENERATED}

# Refusals

Every refusal carries a `google.rpc.ErrorInfo` with a reason, the domain of the service, such as
`payment.entrepot`, and metadata; a field at fault is named in `BadRequest`, and where it helps to
come back, `RetryInfo` says when. Reasons are never renamed. What is a bug of ours is `INTERNAL`
with an incident id, and nothing else leaves the process.

`UNAVAILABLE` may be sent again as it is, and `DEADLINE_EXCEEDED` too: a request id counts once.
After `ABORTED` read again and decide again. The rest will be refused again."""
    parts = [intro]
    any_call = [it for it in _reasons(COMMON) if it[0] in ANY_CALL]
    parts.append("## Any call\n\n" + _reason_table(any_call))
    shared = [it for it in _reasons(COMMON) if it[0] not in ANY_CALL]
    parts.append("## All services\n\n" + _reason_table(shared))
    for name in MAKE:
        file = importlib.import_module(f"libs.contracts.{name}.v1.{name}_service_pb2").DESCRIPTOR
        own = file.enum_types_by_name.get("ErrorReason")
        if own is not None:
            parts.append(f"## {domain_of(file)}\n\n" + _reason_table(_reasons(own)))
    return "\n\n".join(parts) + "\n"


def _reasons(enum: EnumDescriptor) -> list[tuple[str, str, str]]:
    """Reason, status, and what the proto says of it."""
    words = comments()
    values = [it for it in enum.values if it.number]
    return [
        (reason, code.name, words[f"{enum.full_name}.{value.name}"])
        for value, (reason, code) in zip(values, reasons_of(enum), strict=True)
    ]


def _reason_table(reasons: Iterable[tuple[str, str, str]]) -> str:
    rows = [f"| `{reason}` | {status} | {words} |" for reason, status, words in reasons]
    return "\n".join(["| reason | status | |", "|---|---|---|", *rows])


def _short(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).lower()
