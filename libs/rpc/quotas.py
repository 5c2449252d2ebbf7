"""What one tenant may take of a process, so that the rest is left for others."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from libs.rpc.caller import Caller
from libs.rpc.refusals import Overloaded
from libs.runtime.clock import perf_counter

STAFF = frozenset({"finance", "ops", "service"})
"""Callers who speak for many tenants; only the limit of all calls together holds for them."""
REMEMBERED_MAX = 10_000


@dataclass(slots=True)
class Tenant:
    """What one of them has taken."""

    spent_until: float = 0.0
    """When what was used of the rate will be earned again."""
    inside: int = 0


class Quotas:
    """Each tenant may have so many calls under way, and begin so many a second.

    A tenant is a merchant, whoever calls on its behalf, or else whoever calls. The rate is a
    bucket of `burst` calls that fills at `rate` a second, kept as one moment (GCRA).
    """

    def __init__(
        self,
        *,
        calls_max: int,
        rate: float,
        burst: int,
        now: Callable[[], float] = perf_counter,
    ) -> None:
        self._calls_max = calls_max
        self._each = 1 / rate
        self._room = burst / rate
        self._now = now
        self._tenants: OrderedDict[str, Tenant] = OrderedDict()

    def share_of(self, caller: Caller) -> "Share":
        """A call inside the tenant's share, or a refusal that says when to come again."""
        return Share(self, caller)

    def enter(self, caller: Caller) -> Tenant | None:
        """Whose share is one call less; nobody's for those who speak for many."""
        if not STAFF.isdisjoint(caller.roles):
            return None
        tenant = self._tenant(caller)
        self._spend(tenant)
        tenant.inside += 1
        return tenant

    def _spend(self, tenant: Tenant) -> None:
        if tenant.inside >= self._calls_max:
            raise Overloaded("too many calls of yours are under way, try again later")
        now = self._now()
        after = max(tenant.spent_until, now) + self._each
        early = after - now - self._room
        if early > 0:
            raise Overloaded("too many calls of yours a second", retry_after_s=early)
        tenant.spent_until = after

    def _tenant(self, caller: Caller) -> Tenant:
        name = f"merchant {caller.merchant}" if caller.merchant else f"caller {caller.subject}"
        tenant = self._tenants.setdefault(name, Tenant())
        self._tenants.move_to_end(name)
        if len(self._tenants) > REMEMBERED_MAX:
            self._forget()
        return tenant

    def _forget(self) -> None:
        """Whoever was away longest, and owes nothing."""
        now = self._now()
        for name, tenant in self._tenants.items():
            if not tenant.inside and tenant.spent_until <= now:
                del self._tenants[name]
                return


class Share:
    """A call of a tenant, from its beginning to its end."""

    __slots__ = ("_caller", "_quotas", "_tenant")

    def __init__(self, quotas: Quotas, caller: Caller) -> None:
        self._quotas = quotas
        self._caller = caller

    def __enter__(self) -> None:
        self._tenant = self._quotas.enter(self._caller)

    def __exit__(self, *_: object) -> None:
        if self._tenant is not None:
            self._tenant.inside -= 1
