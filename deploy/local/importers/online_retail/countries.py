"""Countries: the ISO 3166 code of a name, as the time zone database knows it."""

from functools import cache
from importlib.resources import files
from typing import Final

UNKNOWN: Final = "ZZ"
"""ISO 3166 leaves it to users; here: nobody said, or it is no country."""

OTHERWISE_CALLED: Final = {
    "united kingdom": "GB",
    "uk": "GB",
    "eire": "IE",
    "usa": "US",
    "rsa": "ZA",
    "channel islands": "JE",
    "korea": "KR",
}
"""What shops call countries that the list calls otherwise."""


@cache
def country_code(name: str) -> str:
    known = _named() | OTHERWISE_CALLED
    return known.get(name.strip().lower(), UNKNOWN)


def country_codes() -> list[str]:
    """All there are."""
    return sorted({*_named().values(), UNKNOWN})


@cache
def _named() -> dict[str, str]:
    table = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {name.lower(): code for code, name in rows}
