"""Making a rule for filing, a question after the other: what a mail must have, whose it is then, its name. Before
it is kept the dry run is shown; nothing is made until a person says so.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from actors.desk.api import Desk
from store.model.errors import BadRequest, DeskError
from store.model.filing_rules import Conditions, FilingRule, RuleTrial
from store.model.ids import ClientId, EmailId
from store.model.views import Done, EmailRow
from tui import rule_words
from tui.i18n import N_, _
from tui.link import Link, new_request
from tui.plain import short
from tui.rule_words import FIELDS, conditions_line
from tui.screens.asking import INNER, AskText, Confirm
from tui.screens.chooser import Chooser, Option
from tui.screens.clients import client_options, short_name
from tui.screens.page import Page
from tui.sentences import sentence

EXAMPLES: Final = 5
HEAD_MOST: Final = 256 * 1024  # bytes of a mail in which its list is looked for
GO_ON: Final = ""
NOTES: Final = {
    "senders": N_("Addresses in From, separated by commas. One of them is enough."),
    "recipients": N_("Addresses in To or Cc, separated by commas. One of them is enough."),
    "domains": N_("Domains of an address in From, To or Cc, separated by commas. One of them is enough."),
    "subject": N_("Words, separated by commas. All of them must stand in the subject."),
    "lists": N_("List-Ids, separated by commas. One of them is enough."),
    "attachments": N_(
        "Names of attached files or parts of them, as *.pdf, separated by commas. One of them is enough."
    ),
}


class RuleForm:
    """See the module. `made` is called with what was done and the rule's name."""

    def __init__(self, page: Page[Any], link: Link, *, made: Callable[[Done, str], None]) -> None:
        self._page, self._link, self._made = page, link, made

    def begin(self, said: Conditions, rules: Sequence[FilingRule]) -> None:
        """`rules` are those that are there: their names are taken."""
        self._taken = {rule.name.casefold() for rule in rules}
        self._ask_conditions(said)

    # ------------------------------------------------------------ what a mail must have
    def _ask_conditions(self, said: Conditions) -> None:
        def chosen(field: str | None) -> None:
            if field == GO_ON:
                self._ask_client(said)
            elif field is not None:
                self._ask_values(said, field)

        options = [Option(name, _(word), ", ".join(getattr(said, name)) or "–") for name, word in FIELDS.items()]
        if said != Conditions():
            options.insert(0, Option(GO_ON, _("that is all: choose the client"), short(conditions_line(said), 30)))
        self._page.app.push_screen(Chooser(_("What must a mail have?"), options), chosen)

    def _ask_values(self, said: Conditions, field: str, *, text: str | None = None) -> None:
        def typed(answer: str | None) -> None:
            if answer is None:
                self._ask_conditions(said)
                return
            after = rule_words.given(said, field, answer)
            if after is None:
                self._ask_values(said, field, text=answer)
            else:
                self._ask_conditions(after)

        note = _(NOTES[field]) if text is None else _("There is an address or name in it that cannot be.")
        shown = ", ".join(getattr(said, field)) if text is None else text
        self._page.app.push_screen(AskText(_(FIELDS[field]), text=shown, note=note), typed)

    # ------------------------------------------------------------ whose it is, and its name
    def _ask_client(self, said: Conditions) -> None:
        def chosen(client: Option[str] | None) -> None:
            if client is None:
                self._ask_conditions(said)
            else:
                self._ask_name(said, client, rule_words.suggested_name(said, self._taken))

        self._page.app.push_screen(Chooser(_("File with"), lambda: client_options(self._link)), chosen)

    def _ask_name(self, said: Conditions, client: Option[str], text: str, *, note: str = "") -> None:
        def typed(answer: str | None) -> None:
            if answer is None:
                self._ask_conditions(said)
                return
            name = " ".join(answer.split())
            if not name or name.casefold() in self._taken:
                wrong = BadRequest("name_taken", name=name) if name else BadRequest("bad_name")
                self._ask_name(said, client, answer, note=sentence(wrong).wrong)
            else:
                self._page.ask(lambda: self._try(said, client, name))

        told = note or _("What the rule is called in your list.")
        self._page.app.push_screen(AskText(_("The rule's name"), text=text, note=told), typed)

    # ------------------------------------------------------------ the dry run
    async def _try(self, said: Conditions, client: Option[str], name: str) -> None:
        self._page.say(_("looking at past mail…"), "dim")
        trial = await self._link.desk.try_rule(said, client.value, limit=EXAMPLES)
        self._page.say("")

        def answered(yes: bool | None) -> None:  # noqa: FBT001 - a dialog's answer
            if yes:
                self._page.ask(lambda: self._keep(said, ClientId(client.value), name))
            else:
                self._ask_conditions(said)

        words = trial_text(said, client.text, trial)
        self._page.app.push_screen(Confirm(words, yes=_("keep the rule")), answered)

    async def _keep(self, said: Conditions, client: ClientId, name: str) -> None:
        request = new_request()
        done = await self._link.command(lambda desk: desk.add_rule(request, name, client, said))
        self._made(done, name)


async def like(desk: Desk, email: EmailId) -> Conditions:
    """What mail like this one has: its mailing list, else its sender."""
    head = b""
    try:
        async for piece in desk.raw(email):
            head += piece
            if b"\r\n\r\n" in head or b"\n\n" in head or len(head) > HEAD_MOST:
                break
    except DeskError:
        head = b""  # it is not here: its sender is known all the same
    name = rule_words.list_in(re.split(rb"\r?\n\r?\n", head[:HEAD_MOST], maxsplit=1)[0])
    if name:
        return Conditions(lists=(name,))
    senders = [one.address for one in (await desk.email(email)).from_][:1]
    return (rule_words.given(Conditions(), "senders", senders[0]) if senders else None) or Conditions()


def trial_text(said: Conditions, client: str, trial: RuleTrial) -> str:
    """What the rule says, what it would have done, and some of the mail that it would file."""
    first = _("File with {client} what has: {conditions}").format(
        client=short_name(client), conditions=short(conditions_line(said), 2 * INNER)
    )
    examples = [f"  {example_line(row)}" for row in trial.examples[:EXAMPLES]]
    would, *more = rule_words.trial_words(trial)
    return "\n".join([first, "", would, *examples, *more])


def example_line(row: EmailRow) -> str:
    """Who wrote, and about what."""
    who = next((one.name or one.address for one in row.from_), "") or _("(no sender)")
    subject = " ".join(row.subject.split()) or _("(no subject)")
    return short(f"{short(who, 24)}: {subject}", INNER - 4)
