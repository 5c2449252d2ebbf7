"""Facts between services: at least once on the wire, one effect, in order per key."""

from libs.messaging.envelope import Envelope, Policy
from libs.messaging.topics import TOPICS, ensure_topics

__all__ = ["TOPICS", "Envelope", "Policy", "ensure_topics"]
