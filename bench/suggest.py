"""How good suggestions are: `python -P -m bench.suggest ENRON PYTHON` files each mailbox of the folder by hand as its
owner did, oldest first, and asks for the rest, later in time. PYTHON has scikit-learn: a linear SVM answers the same
in the same run. Prints a line of JSON for each mailbox and one for all.
"""

import email
import email.policy
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from email.utils import getaddresses, mktime_tz, parsedate_tz
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from actors.desk.likely import signs_of
from actors.desk.reading import Readers
from actors.desk.viewing import text_of
from actors.messages import SeenCopy
from store.mime.read import read_copy
from store.model.evidence import Role
from store.model.ids import EmailId
from store.rules.evidence import evidence
from store.rules.likely import ranked
from store.vault.queries import letters, mails
from tests.support.copies import NOW, DeskRig
from tests.support.hands import Hands

TRAIN: Final = 0.7
LEAST: Final = 8  # mails of a folder
BATCH: Final = 100
GENERAL: Final = ("sent", "deleted", "all_documents", "discussion", "notes", "calendar", "contacts", "drafts", "_")


class Mail(NamedTuple):
    """A mail that its owner put into a folder."""

    raw: bytes
    at: int
    folder: str
    text: str  # for the SVM: people, subject and text


def read(path: Path, folder: str) -> Mail | None:
    """As another program reads it."""
    raw = path.read_bytes()
    parsed = email.message_from_bytes(raw, policy=email.policy.compat32)
    date = parsedate_tz(str(parsed["date"] or ""))
    if date is None:
        return None
    fields = [str(value) for name in ("from", "to", "cc") for value in parsed.get_all(name, [])]
    people = " ".join(a.replace("@", "_at_").replace(".", "_") for _, a in getaddresses(fields))
    body = parsed.get_payload(decode=True)
    said = body.decode("utf-8", "replace") if isinstance(body, bytes) else ""
    return Mail(raw, int(mktime_tz(date)), folder, f"{people} {' '.join(fields)} {parsed['subject']} {said}")


def split(box: Path) -> tuple[list[Mail], list[Mail]]:
    """By date; of folders that are somebody's or something's."""
    found = []
    for path in sorted(box.rglob("*.eml")):
        folder = str(path.parent.relative_to(box))
        if folder != "inbox" and not folder.startswith(GENERAL):
            mail = read(path, folder)
            found += [mail] if mail is not None else []
    count = Counter(mail.folder for mail in found)
    kept = sorted((mail for mail in found if count[mail.folder] >= LEAST), key=lambda mail: (mail.at, mail.raw))
    cut = int(len(kept) * TRAIN)
    known = {mail.folder for mail in kept[:cut]}
    return kept[:cut], [mail for mail in kept[cut:] if mail.folder in known]


def ours(train: Sequence[Mail], test: Sequence[Mail], home: Path) -> list[list[str]]:
    """What postroom would suggest, the likeliest first."""
    rig = DeskRig(home / "vault.db")
    folder, hands = rig.folder(rig.mailbox("owner@firm.example")), Hands(rig)
    clients = {name: rig.client(name) for name in sorted({mail.folder for mail in train})}
    names = {key: name for name, key in clients.items()}
    both = [*train, *test]
    for start in range(0, len(both), BATCH):
        folder.deposit(*(_seen(mail, start + n) for n, mail in enumerate(both[start : start + BATCH], 1)))
    keys = {str(row[0]): row[1] for row in rig.rows("SELECT message_id, email FROM emails")}
    for uid, mail in enumerate(train, 1):
        id_ = rig.vault.ids.email(keys[f"{uid}@bench.example"])  # type: ignore[arg-type]
        hands.do(rig.owner, "file", email=id_, thread=None, client=mail.folder)
    answers = []
    reader = Readers().reader(rig.vault.database, rig.owner, NOW)
    for uid in range(len(train) + 1, len(both) + 1):
        key = keys[f"{uid}@bench.example"]
        with reader.sight() as sight:
            seen = mails.of_keys(sight, (key,))  # type: ignore[arg-type]
            mails.hang(sight, seen)
            letter = letters.letter(sight, EmailId(rig.vault.ids.email(key)), version=0)  # type: ignore[arg-type]
            found = ranked(signs_of(sight, seen[0], text=text_of(letter.text)))
            answers.append([names[one.client] for one in found[:3]])
    rig.close()
    return answers


def _seen(mail: Mail, uid: int) -> SeenCopy:
    copy = read_copy(mail.raw, uid=uid, whole=True)
    headers = msgspec.structs.replace(copy.headers, message_id=f"{uid}@bench.example")
    copy = msgspec.structs.replace(copy, headers=headers, identity=uid.to_bytes(16, "big"))
    found = evidence(copy.headers, copy.body, trusted_authserv=None)
    found = msgspec.structs.replace(found, addresses=tuple(one for one in found.addresses if one[0] is not Role.BCC))
    return SeenCopy(copy=copy, evidence=found, flags=(), internaldate=mail.at, size=len(mail.raw), backfill=True)


def main(enron: Path, python: str) -> None:
    """All mailboxes."""
    boxes = [(box.name, *split(box)) for box in sorted(enron.iterdir()) if box.is_dir()]
    boxes = [(name, train, test) for name, train, test in boxes if test and len({m.folder for m in train}) > 1]
    cases = [{"train": [(m.text, m.folder) for m in train], "test": [m.text for m in test]} for _, train, test in boxes]
    told = subprocess.run(
        [python, str(Path(__file__).with_name("svm.py"))],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
    )
    sums: Counter[str] = Counter()
    for (name, train, test), svm in zip(boxes, json.loads(told.stdout), strict=True):
        with tempfile.TemporaryDirectory() as home:
            rules = ours(train, test, Path(home))
        hits = Counter(mails=len(test))
        for who, answers in (("rules", rules), ("svm", svm)):
            for mail, answer in zip(test, answers, strict=True):
                hits[f"{who}_top1"] += answer[:1] == [mail.folder]
                hits[f"{who}_top3"] += mail.folder in answer[:3]
        sums += hits
        _say(name, hits, train=len(train), folders=len({m.folder for m in train}))
    _say("all", sums)


def _say(name: str, hits: Counter[str], **more: int) -> None:
    shares = {key: round(count / hits["mails"], 3) for key, count in hits.items() if key != "mails"}
    sys.stdout.write(json.dumps({"mailbox": name, "mails": hits["mails"], **more, **shares}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
