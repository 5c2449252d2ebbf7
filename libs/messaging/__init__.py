"""Facts between services: at least once on the wire, one effect, in order per key."""

from libs.messaging.envelope import Envelope, Policy, hears

__all__ = ["Envelope", "Policy", "hears"]
