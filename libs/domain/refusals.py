"""How the domain says no. The name of a refusal is its reason on the wire."""


class Refusal(Exception):
    """A command was understood and is not carried out; nothing was recorded.

    The text is for the caller: it says what is wrong and what to do, without personal data.
    `field` names the part of the request that is at fault, where one is.
    """

    def __init__(self, message: str, *, field: str = "", **metadata: str) -> None:
        super().__init__(message)
        self.field = field
        self.metadata = metadata


class RuleViolated(Refusal):
    """A rule of the business forbids it in the present state."""


class NotFound(Refusal):
    """What the command names does not exist, or not for this caller."""


class Malformed(Refusal):
    """The command cannot be right whatever the state."""


class Forbidden(Refusal):
    """The caller may not do this to that."""
