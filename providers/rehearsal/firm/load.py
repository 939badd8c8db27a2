"""Puts the demo firm together from its data, for a given moment. Reads package data and nothing else."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain

from providers.rehearsal.firm.answers import Correspondents
from providers.rehearsal.firm.delivery import posted
from providers.rehearsal.firm.letters import Letter, Setting, letter, letters
from providers.rehearsal.firm.records import (
    DemoAnswer,
    DemoArrival,
    DemoClient,
    DemoContact,
    DemoMail,
    DemoMember,
    DemoNote,
    Firm,
)
from providers.rehearsal.firm.source import (
    AnswerSource,
    ArrivalSource,
    ClientSource,
    DataFile,
    MemberSource,
    NoteSource,
    PersonSource,
    data_files,
)

NAME = "Rivas & Holt"


def load(now: datetime, language: str | None = None) -> Firm:
    """The demo firm as it stands at `now`, which needs a time zone.

    `language` (`en` if left out) is the one of the few mails written to whoever looks at the demo; the firm itself
    works in English and Spanish anyhow.
    """
    if now.tzinfo is None:
        raise ValueError(now)
    data = data_files()
    setting = Setting(people=_people(data), lists={one.key: one for file in data for one in file.lists}, now=now)
    threads = _threads(data, setting, language or "en")
    named = {written[0].thread: written for written in threads}
    folders = {member.addresses[0]: member.folders for member in setting.members()}
    clients = [file.client for file in data if file.client]
    members = [member for file in data for member in file.members]
    return Firm(
        name=NAME,
        members=tuple(_member(member) for member in members if member.folders),
        colleagues=tuple(_member(member) for member in members if not member.folders),
        folders=folders,
        clients=tuple(_client(client, setting) for client in clients),
        mails=tuple(sorted(_mails(threads, setting), key=lambda mail: mail.date)),
        arrivals=_arrivals(data, setting, named),
        answers=tuple(_answer(answer, setting) for file in data for answer in file.answers),
        notes=tuple(_note(note, setting, named[note.thread]) for file in data for note in file.notes),
        writers=Correspondents(setting, [answer for file in data for answer in file.answers], _clients_of(clients)),
    )


def _people(data: Sequence[DataFile]) -> dict[str, PersonSource]:
    found: dict[str, PersonSource] = {}
    for file in data:
        contacts = file.client.contacts if file.client else ()
        for person in chain(file.members, contacts, file.people):
            if found.setdefault(person.key, person) is not person:
                raise ValueError(person.key)
    return found


def _threads(data: Sequence[DataFile], setting: Setting, language: str) -> list[tuple[Letter, ...]]:
    found = [
        letters(thread, setting, client=file.client.name if file.client else None, language=file.language)
        for file in data
        for thread in file.threads
        if thread.only in (None, language)
    ]
    keys = [written[0].thread for written in found]
    if len(keys) != len(set(keys)):
        raise ValueError(sorted(key for key in keys if keys.count(key) > 1))
    return found


def _mails(threads: Sequence[Sequence[Letter]], setting: Setting) -> Iterator[DemoMail]:
    for written in threads:
        for one in written:
            answers = [other for other in written if other.answered is one and not other.source.forward]
            by = {other.address for other in answers if not other.source.draft}
            mail = posted(one, setting, earlier=written, answered_by=by)
            # A client's mail to somebody else is only known from being answered or forwarded.
            if mail.copies:
                yield mail


def _member(member: MemberSource) -> DemoMember:
    return DemoMember(name=member.name, address=member.addresses[0], role=member.role)


def _client(client: ClientSource, setting: Setting) -> DemoClient:
    people = (*client.contacts, *(setting.people[key] for key in client.shared))
    contacts = tuple(DemoContact(name=person.name, addresses=person.addresses) for person in people)
    return DemoClient(
        name=client.name,
        language=client.language,
        contacts=contacts,
        tags=client.tags,
        followers=tuple(setting.people[key].name for key in client.followers),
        walled=tuple(setting.people[key].name for key in client.walled),
        written=tuple((setting.people[note.by].name, note.text.strip()) for note in client.written),
        files=tuple((file.name, file.text.strip() + "\n") for file in client.files),
    )


def _answer(source: AnswerSource, setting: Setting) -> DemoAnswer:
    person = setting.people[source.sender]
    return DemoAnswer(
        name=person.name,
        addresses=person.addresses,
        language=source.language or person.language,
        text=source.body.strip(),
    )


def _note(source: NoteSource, setting: Setting, written: Sequence[Letter]) -> DemoNote:
    return DemoNote(
        message_id=written[-1].message_id.strip("<>"),
        by=setting.people[source.by].name,
        assign=setting.people[source.assign].name if source.assign else "",
        comment=source.comment.strip(),
        snooze_hours=source.snooze_hours,
        draft=source.draft.strip(),
    )


def _clients_of(clients: Sequence[ClientSource]) -> dict[str, str]:
    """The client of each contact who is at one only."""
    own = [(contact.key, client.name) for client in clients for contact in client.contacts]
    shared = {key for client in clients for key in client.shared}
    return {key: name for key, name in own if key not in shared}


def _arrivals(
    data: Sequence[DataFile], setting: Setting, threads: dict[str, tuple[Letter, ...]]
) -> tuple[DemoArrival, ...]:
    waiting = [(source, file) for file in data for source in file.arrivals]
    waiting.sort(key=lambda pair: pair[0].turn)
    return tuple(_arrival(source, file, setting, threads) for source, file in waiting)


def _arrival(
    source: ArrivalSource, file: DataFile, setting: Setting, threads: dict[str, tuple[Letter, ...]]
) -> DemoArrival:
    client = file.client.name if file.client else None
    earlier = threads[source.thread] if source.thread else ()
    real = [one for one in earlier if not one.source.draft]

    def at(moment: datetime) -> DemoMail:
        written = letter(
            source,
            setting,
            answered=real[-1] if real else None,
            begun=earlier[0].date if earlier else None,
            date=moment.replace(microsecond=0),
            place=(source.thread or f"arrival-{source.turn}", 1000 + source.turn),
            subject=earlier[0].subject if earlier else "",
            client=client,
            language=earlier[0].language if earlier else file.language,
        )
        return posted(written, setting, earlier=earlier, answered_by=())

    return DemoArrival(client=client, at=at)
