"""Forged senders ([C9], Z19): each file of tests/data/forged is one attack, and says itself what must come out.

The last tests prove that the suite would notice a judge that believes anybody.
"""

from pathlib import Path
from typing import NamedTuple

import pytest

from store.mime.read import read_copy
from store.model.evidence import Verified
from store.model.filing import AddressLinks, Filed, Reason, Seen
from store.model.ids import ClientKey, EmailKey, MailboxKey, MemberKey
from store.rules import evidence as evidence_of
from store.rules.authentication import verdict
from store.rules.facts import Basis, Facts, Named
from store.rules.filing import settle
from store.rules.vouching import vouched

FORGED = Path(__file__).parents[1] / "data" / "forged"
FILES = sorted(FORGED.glob("*.eml"))
OURS, OLMO = "mx.firm.example", ClientKey(1)
KNOWN = "known@olmo.example"


class Outcome(NamedTuple):
    """What came of a mail, in the words of X-Expect."""

    verified: str
    filed: str
    suggested: str
    vouched: str


def expected(path: Path) -> Outcome:
    line = next(line for line in path.read_text("utf-8").splitlines() if line.startswith("X-Expect: "))
    said = dict(pair.split("=", 1) for pair in line.removeprefix("X-Expect: ").split())
    return Outcome(said["verified"], said["filed"], said.get("suggested", ""), said["vouched"])


def outcome(path: Path, *, whole: bool = True) -> Outcome:
    """As the office would have it, from the bytes on."""
    raw = path.read_bytes().replace(b"\n", b"\r\n")
    copy = read_copy(raw, uid=1, whole=whole)
    found = evidence_of.evidence(copy.headers, copy.body, trusted_authserv=OURS)
    followed = Named(
        email=EmailKey(50),
        basis=Basis(addressed=(Filed(client=OLMO, reason=Reason.ADDRESS, confidence=100),)),
        people=("ana@olmo.example", "friend@friend.example"),
    )
    facts = Facts(
        email=EmailKey(100),
        copies=(Seen(mailbox=MailboxKey(1), members=(MemberKey(1),), evidence=found),),
        addresses=(
            AddressLinks(address="ana@olmo.example", clients=(OLMO,), contact=1),
            AddressLinks(address="tom@firm.example", member=True),
        ),
        named=(followed,) if KNOWN in found.names else (),
    )
    settled = settle(facts)
    return Outcome(
        verified=found.verified.value,
        filed=",".join(f"olmo:{one.reason.value}" for one in settled.files),
        suggested=",".join("olmo" for _ in settled.suggestions),
        vouched="yes" if vouched(facts, OLMO) else "no",
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_must_come_out_comes_out(path: Path) -> None:
    assert outcome(path) == expected(path)
    assert outcome(path, whole=False) == expected(path)


def test_who_is_believed_without_looking_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a judge that always says pass, each attack on the verdict fails its file."""
    monkeypatch.setattr(evidence_of, "verdict", lambda *_args, **_named: Verified.PASS)
    missed = [path.stem for path in FILES if expected(path).verified != "pass" and outcome(path) == expected(path)]
    assert missed == []
    assert sum(outcome(path) != expected(path) for path in FILES) > 20


def test_believing_the_wrong_place_or_server_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A judge that does not ask who wrote the field."""
    true = verdict

    def careless(fields: tuple[str, ...], *, trusted: str | None, from_domains: list[str]) -> Verified:
        assert trusted == OURS
        servers = {field.split(";")[0].split()[-1].casefold() for field in fields}
        said = {true(fields, trusted=server, from_domains=from_domains) for server in servers}
        return Verified.PASS if Verified.PASS in said else Verified.UNKNOWN

    monkeypatch.setattr(evidence_of, "verdict", careless)
    noticed = {path.stem for path in FILES if outcome(path) != expected(path)}
    assert {"wrong-authserv-id", "authserv-id-as-prefix", "comment-before-the-id", "several-results"} <= noticed


def test_every_file_names_its_attack() -> None:
    assert len(FILES) > 30
    assert all(b"\nX-Expect: " in path.read_bytes() and path.read_bytes().startswith(b"X-Attack: ") for path in FILES)
