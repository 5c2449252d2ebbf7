"""Markets, and the rules of where they ship to."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from libs.eventstore import Store, Unit, unchanged
from libs.runtime.clock import Clock
from services.catalog.commands import (
    CloseMarket,
    HoldMarket,
    OpenMarket,
    PlanMarket,
    RepealJurisdictionRule,
    SetJurisdictionRule,
    UpdateMarket,
)
from services.catalog.domain import JurisdictionRule, Market


class Markets:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._markets = store.repository(Market)
        self._rules = store.repository(JurisdictionRule)
        self._clock = clock

    async def get(self, market: str) -> Market:
        return await self._markets.get(Market.stream(market))

    async def get_all(self, streams: Iterable[UUID]) -> list[Market]:
        return await asyncio.gather(*map(self._markets.get, streams))

    async def plan_market(self, command: PlanMarket) -> Market:
        return await self._markets.add(
            lambda: Market(
                id=Market.stream(command.market), market=command.market, settings=command.settings
            ),
            command=command,
        )

    async def open_market(self, command: OpenMarket) -> Market:
        return await self._markets.update(
            Market.stream(command.market),
            lambda market: market.open(pilot=command.pilot),
            command=command,
        )

    async def update_market(self, command: UpdateMarket) -> Market:
        return await self._markets.update(
            Market.stream(command.market),
            lambda market: unchanged(market, command.etag).change(command.settings),
            command=command,
        )

    async def hold_market(self, command: HoldMarket) -> Market:
        return await self._markets.update(
            Market.stream(command.market),
            lambda market: market.hold(command.reason),
            command=command,
        )

    async def close_market(self, command: CloseMarket) -> Market:
        return await self._markets.update(
            Market.stream(command.market), Market.close, command=command
        )

    async def get_rule(self, rule_id: UUID) -> JurisdictionRule:
        return await self._rules.get(rule_id)

    async def get_rules(self, rule_ids: Iterable[UUID]) -> list[JurisdictionRule]:
        return await asyncio.gather(*map(self._rules.get, rule_ids))

    async def find_rule(self, market: str, *, ship_to: str) -> JurisdictionRule | None:
        return await self._rules.find(JurisdictionRule.stream(market, ship_to))

    async def set_jurisdiction_rule(self, command: SetJurisdictionRule) -> JurisdictionRule:
        async def decide(unit: Unit) -> JurisdictionRule:
            await unit.get(Market, Market.stream(command.market))
            stream = JurisdictionRule.stream(command.market, command.ship_to)
            rule = await unit.find(JurisdictionRule, stream)
            if rule is None:
                rule = JurisdictionRule(id=stream, market=command.market, ship_to=command.ship_to)
                unit.add(rule)
            rule.rule(
                blocked=command.blocked,
                duty_basis_points=command.duty_basis_points,
                source=command.source,
                effective_at=command.effective_at,
                now=self._clock.now(),
            )
            return rule

        return await self._store.transact(decide, command=command)

    async def repeal_jurisdiction_rule(self, command: RepealJurisdictionRule) -> JurisdictionRule:
        return await self._rules.update(
            command.rule_id,
            lambda rule: rule.repeal(effective_at=command.effective_at, now=self._clock.now()),
            command=command,
        )
