"""Comments: internal words on a thread that never leave the firm, seen by those who may see the email that they were
made on (Z2): the newest that their maker saw.
"""

from typing import Final

from msgspec import structs

from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import Commented
from actors.desk.commands.notices import tell
from actors.desk.commands.resolving import thread_of
from actors.desk.commands.undos import did, still, unchanged
from store.model.errors import BadRequest
from store.model.ids import CommentKey, EmailKey, MemberKey, ThreadKey
from store.model.views import Done, NoticeKind
from store.rules.mentions import Missed, mentioned, missed
from store.rules.notices import told_mentioned
from store.rules.permissions import Action
from store.vault.seen import Seen

MOST: Final = 10_000  # characters
MOST_SAID: Final = 200  # of names in vain


def comment(act: Act, *, thread: str, text: str) -> Done:
    """`@name` tells that member, if they may see it."""
    said = text.strip()
    if not said:
        raise BadRequest("bad_value", field="text")
    if len(said) > MOST:
        raise BadRequest("too_long")
    key, emails = thread_of(act, thread)
    act.need(Action.COMMENT)
    made = act.vault.marks.comment(key, emails[0], member=act.actor, at=act.now, text=said)
    _announce(act, key, emails[0])
    names = {member: kept.name for member, kept in act.turn.book.members.items()}
    named = mentioned(said, names)
    for told in told_mentioned(named, can_see=_who_sees(act, emails[0], named), maker=act.actor):
        tell(act, told, email=emails[0], about=_about(made))
    return _warned(did(act, "comment", 1, Commented(thread=key, comment=made), threads=1), missed(said, names))


def _warned(done: Done, names: Missed) -> Done:
    """It is kept all the same; its writer learns who was not told."""
    if names.nobody:
        return structs.replace(done, warning="names_nobody", about=_at(names.nobody))
    return structs.replace(done, warning="names_several", about=_at(names.several)) if names.several else done


def _at(words: tuple[str, ...]) -> str:
    return ", ".join(f"@{word}" for word in words)[:MOST_SAID]


def uncomment(act: Act, inverse: Commented) -> int:
    """As if it had not been said; who has not looked yet is not told."""
    kept = still(act.vault.marks.comment_of(inverse.comment))
    unchanged(kept.member == act.actor)
    act.vault.marks.uncomment(kept.comment)
    _announce(act, kept.thread, kept.email)
    for member in act.vault.notices.withdraw(NoticeKind.MENTIONED, _about(kept.comment)):
        act.announce("notices_kept", member=member)
    return 1


def _who_sees(act: Act, email: EmailKey, members: tuple[MemberKey, ...]) -> set[MemberKey]:
    scopes = act.turn.book.scopes
    return {one for one in members if Seen(act.vault.database, scopes[one], now=act.now).among((email,))}


def _announce(act: Act, thread: ThreadKey, email: EmailKey) -> None:
    """By email: who does not see it learns nothing (Z5)."""
    act.announce("comments_changed", thread=thread, email=email)
    act.about = f"thread {thread} at email {email}"


def _about(comment: CommentKey) -> str:
    return f"comment {comment}"
