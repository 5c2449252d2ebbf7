"""Log lines: one JSON object each, with what was bound for the call, and nothing personal."""

import logging
import sys
import traceback
from collections.abc import Sequence

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

PRIVATE = frozenset(
    """
    account_number address authorization birthday card card_number city cookie cvc cvv email
    first_name full_name holder iban jwt last_name method_token name password phone postal_code
    postcode recipient secret street token vault_key
    """.split()
)
"""Keys that may hold personal data or secrets; their values never reach a log."""


def configure_logs(service: str, *, level: str) -> None:
    """Send every line of this process, of our code and of libraries, to stdout as JSON."""
    number = logging.getLevelNamesMapping()[level.upper()]

    def with_service(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
        line["service"] = service
        return line

    shared: Sequence[Processor] = (
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        with_service,
        without_private,
        with_places,
    )
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_json)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_text),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def without_private(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Leave out what may be personal or secret, and say that it was."""
    nested = [key for key, value in line.items() if isinstance(value, dict)]
    hidden = [key for key in line if key in PRIVATE]
    for key in hidden:
        del line[key]
    for key in nested:
        if key in line:
            line[key] = without_private(None, "", dict(line[key]))
            hidden += [f"{key}.{inner}" for inner in line[key].pop("hidden", ())]
    if hidden:
        line["hidden"] = sorted(hidden)
    return line


def with_places(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Show an exception as its types and the places it passed.

    Its text stays out: databases and parsers quote the values they choke on.
    """
    error = line.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        line["error"] = type(error).__qualname__
        line["places"] = places_of(error)
    return line


def places_of(error: BaseException) -> list[str]:
    """Where an error arose and what it arose from: innermost last, causes first."""
    places = [
        f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            places += [f"among them {type(inner).__qualname__}", *places_of(inner)]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is None:
        return places
    return [
        *places_of(cause),
        f"{type(cause).__qualname__} led to {type(error).__qualname__}",
        *places,
    ]


def _json(line: EventDict, **_: object) -> bytes:
    return orjson.dumps(line, default=str)


def _text(line: EventDict, **_: object) -> str:
    return _json(line).decode()
