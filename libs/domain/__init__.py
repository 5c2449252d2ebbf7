"""All that a `domain.py` needs: aggregates, the facts they record, and how they refuse.

The only wrapper over the model of the `eventsourcing` library.
"""

from libs.domain.aggregate import Aggregate, Started, event, happening
from libs.domain.ids import derived_id, id_of, id_within
from libs.domain.refusals import Forbidden, Malformed, NotFound, Refusal, RuleViolated

__all__ = [
    "Aggregate",
    "Forbidden",
    "Malformed",
    "NotFound",
    "Refusal",
    "RuleViolated",
    "Started",
    "derived_id",
    "event",
    "happening",
    "id_of",
    "id_within",
]
