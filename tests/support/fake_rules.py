"""Rules for filing, in memory: kept in their order, and never met by a mail here."""

from msgspec.structs import replace

from store.model.errors import BadRequest, NotFound
from store.model.filing_rules import Conditions, FilingRule, RuleTrial
from store.model.ids import RequestId
from store.model.views import ClientName, Done
from store.rules.ruling import clean
from tests.support.fake_calls import FakePart, call, command


class FakeRules(FakePart):
    """See the module. `trial` is what a dry run answers."""

    trial = RuleTrial(meets=0, files=0)

    def __init__(self) -> None:
        self.own_rules: list[FilingRule] = []

    @call
    async def rules(self) -> tuple[FilingRule, ...]:
        return self._numbered()

    @call
    async def try_rule(self, conditions: Conditions, client: str, *, limit: int = 10) -> RuleTrial:
        self._cleaned(conditions)
        self._client(client)
        return self.trial

    @command
    async def add_rule(
        self, request: RequestId, name: str, client: str, conditions: Conditions, *, place: int | None = None
    ) -> Done:
        called, whose = name.strip(), self._client(client)
        if not called or not called.isprintable():
            raise BadRequest("bad_name")
        said, before = self._cleaned(conditions), list(self.own_rules)
        if any(rule.name.casefold() == called.casefold() for rule in before):
            raise BadRequest("name_taken", name=called)
        if place is not None and not 1 <= place <= len(before) + 1:
            raise BadRequest("bad_value", field="place")
        named = ClientName(client=whose.client, name=whose.name)
        made = FilingRule(name=called, place=0, client=named, conditions=said)
        self.own_rules.insert(len(before) if place is None else place - 1, made)
        return self._did("add_rule", 0, lambda: self._restore(before))

    @command
    async def remove_rule(self, request: RequestId, name: str) -> Done:
        before = list(self.own_rules)
        self.own_rules[:] = [rule for rule in before if rule.name.casefold() != name.strip().casefold()]
        if len(self.own_rules) == len(before):
            raise NotFound
        return self._did("remove_rule", 0, lambda: self._restore(before))

    def _restore(self, rules: list[FilingRule]) -> None:
        self.own_rules[:] = rules

    def _numbered(self) -> tuple[FilingRule, ...]:
        return tuple(replace(rule, place=place) for place, rule in enumerate(self.own_rules, 1))

    @staticmethod
    def _cleaned(conditions: Conditions) -> Conditions:
        said = clean(conditions)
        if said is None:
            raise BadRequest("bad_rule")
        return said
