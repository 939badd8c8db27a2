"""Copies that their server calls by one number, in several folders of a mailbox (Gmail without All Mail): whatever
comes first, and whether header fields or bodies, they are one email with one content, and no body is wanted twice.
"""

import random
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.model.mailbox import MailboxScope
from tests.support.copies import NOW, DeskRig, FolderRig, Letter

FOLDERS = ("INBOX", "Work", "Later")
PLACES = st.lists(st.sampled_from(range(len(FOLDERS))), min_size=1, max_size=3, unique=True)
MAILS = st.lists(st.tuples(st.booleans(), PLACES), min_size=1, max_size=5)  # with a Message-ID, where it lies


@given(mails=MAILS, seed=st.integers(0, 1_000_000))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_number_is_one_email_with_one_content(tmp_path: Path, mails: list[tuple[bool, list[int]]], seed: int) -> None:
    chance = random.Random(seed)
    rig = DeskRig(Path(tempfile.mkdtemp(dir=tmp_path)) / "vault")
    mailbox = rig.mailbox("clara@firm.example", scope=MailboxScope.WHOLE)
    folders = [rig.folder(mailbox, name, use="inbox" if name == "INBOX" else "") for name in FOLDERS]
    left: list[tuple[int, int, Letter]] = []
    for number, (named, places) in enumerate(mails, 1):
        letter = Letter(
            id=f"m{number}@x" if named else None, sender="ana@client.example", to=("clara@firm.example",),
            subject="the same", text=f"text {number}", at=NOW - 1000,
        )  # fmt: skip
        left += [(place, number, letter) for place in places]
    chance.shuffle(left)
    known = list(left)
    while left:
        place, number, letter = left.pop()
        whole = chance.random() < 0.3
        folders[place].deposit(letter.seen(number, whole=whole, msgid=1000 + number))
        if chance.random() < 0.3:
            bodies(folders, known, chance)
    for _ in mails:
        bodies(folders, known, chance)
    assert all(not folder.uids(folder.now().wanting) for folder in folders)
    assert len(rig.emails()) == len(mails)
    assert rig.rows("SELECT count(*), count(DISTINCT email) FROM contents") == [(len(mails), len(mails))]
    assert rig.rows("SELECT count(*) FROM sightings WHERE here < 2 OR content IS NULL OR body IS NULL") == [(0,)]
    rig.close()


def bodies(folders: list[FolderRig], known: list[tuple[int, int, Letter]], chance: random.Random) -> None:
    """Fetch one of those that are wanted in each folder."""
    for place, folder in enumerate(folders):
        wanted = folder.uids(folder.now().wanting)
        waiting = [(uid, letter) for at, uid, letter in known if at == place and uid in wanted]
        if waiting:
            uid, letter = chance.choice(waiting)
            folder.deposit(letter.seen(uid, whole=True, msgid=1000 + uid))
