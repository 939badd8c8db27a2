"""One's own rules for filing ([C2] 5), in their order: what each looks at, whose mail it files, and how much. One is
made by a few questions with a dry run before it is kept, taken away with a key; both with undo.
"""

from collections.abc import Sequence
from typing import Final

from store.model.filing_rules import Conditions, FilingRule
from store.model.views import Done
from tui.i18n import _, ngettext
from tui.keys import Place
from tui.link import Link, new_request
from tui.plain import EMPTY, Row, Span, fit, short, width, wrap
from tui.rule_words import conditions_line, parts
from tui.screens.clients import short_name
from tui.screens.dialog import Dialog
from tui.screens.page import Page
from tui.screens.rule_form import RuleForm
from tui.surroundings import Surroundings
from tui.when import brief, full

NUMBER: Final = 4  # cells of a rule's place
WHEN: Final = 8


class RulesScreen(Page[FilingRule]):
    """See the module. With `begin` one is made at once, of what is said there."""

    PLACE = Place.RULES
    KINDS = frozenset({"emails_filed", "firm_changed"})
    TALL = 2

    def __init__(self, link: Link, around: Surroundings, *, begin: Conditions | None = None) -> None:
        super().__init__(link, around)
        self._begin = begin
        self._form = RuleForm(self, link, made=self._made)
        self._rows.empty_words = _("No rules yet. + makes one; in a mail, : “make a rule” takes its sender.")

    def title_words(self) -> str:
        return _("My filing rules")

    def count_words(self) -> str:
        return _("the first that is met decides") if self._rows.items else ""

    async def look(self) -> Sequence[FilingRule]:
        rules = await self._link.desk.rules()
        if self._begin is not None:
            said, self._begin = self._begin, None
            self._form.begin(said, rules)
        return rules

    def name_of(self, item: FilingRule) -> str:
        return item.name

    def row(self, item: FilingRule, cells: int) -> tuple[Row, ...]:
        return rule_rows(item, cells, now=self._around.clock())

    def not_meant(self, item: FilingRule | None) -> Sequence[str]:
        return () if item is not None else ("open", "remove_rule")

    # ------------------------------------------------------------ keys
    def action_open(self) -> None:
        rule = self._rows.chosen
        if rule is not None:
            self.app.push_screen(Dialog(short_name(rule.name), lambda cells: rule_facts(rule, cells)))

    def on_picker_clicked(self) -> None:
        self.action_open()

    def action_add_rule(self) -> None:
        self._form.begin(Conditions(), self._rows.items)

    def _made(self, done: Done, name: str) -> None:
        words = ngettext(
            "{name}: {count} past email is filed by it. u takes it back.",
            "{name}: {count} past emails are filed by it. u takes it back.",
            done.affected,
        )
        self.say(words.format(name=short_name(name), count=done.affected))
        self.look_again()

    def action_remove_rule(self) -> None:
        rule = self._rows.chosen
        if rule is not None:
            self.ask(lambda: self._remove(rule.name))

    async def _remove(self, name: str) -> None:
        request = new_request()
        await self._link.command(lambda desk: desk.remove_rule(request, name))
        self.say(_("The rule is gone; its mail is filed by what else is known. u brings it back."))
        self.look_again()


def hits_words(rule: FilingRule) -> str:
    """How much is filed by it now."""
    return ngettext("{count} email", "{count} emails", rule.hits).format(count=rule.hits)


def rule_rows(rule: FilingRule, cells: int, *, now: float) -> tuple[Row, ...]:
    """Its place, name, client, hits and the day of the last; below, what it looks at."""
    hits = hits_words(rule)
    client = max(min(cells // 3, 40), 10)
    room = max(cells - NUMBER - client - width(hits) - WHEN - 6, 8)
    first = (
        Span(fit(str(rule.place), NUMBER - 1, right=True), "dim"),
        Span("  "),
        Span(fit(rule.name, room), "strong"),
        Span("  "),
        Span(fit(rule.client.name, client), "client"),
        Span(hits, "" if rule.hits else "faint"),
        Span(fit("" if rule.last is None else brief(rule.last, now=now), WHEN, right=True), "dim"),
    )
    indent = " " * (NUMBER + 1)
    return first, (Span(indent), Span(short(conditions_line(rule.conditions), max(cells - NUMBER - 3, 8)), "dim"))


def rule_facts(rule: FilingRule, cells: int) -> list[Row]:
    """All that it says, however long."""
    said = [
        _("Files with {client}").format(client=rule.client.name),
        _("Filed by it now: {emails}").format(emails=hits_words(rule)),
        *([_("The last came {when}").format(when=full(rule.last))] if rule.last is not None else []),
    ]
    rows: list[Row] = [(Span(" "), Span(line)) for words in said for line in wrap(words, cells - 2)]
    rows.append(EMPTY)
    for words in parts(rule.conditions):
        rows += [(Span(" "), Span(line, "dim")) for line in wrap(words, cells - 2)]
    return rows
