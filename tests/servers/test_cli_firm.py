"""Members, access, contacts, imports and the journal by commands. What is hidden is as if it never existed (Z5)."""

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import Cli, Row, by
from tests.support.corpus_mail import MEMBERS, Post, firm_mail
from tests.support.home import short_folder

OLMO, ROWING = "Olmo Bakery", "Harbour Rowing Club"
ADDRESSES = {OLMO: "ana@olmo.example", ROWING: "secretary@rowing.example"}
MAILS = 60


@pytest.fixture(scope="module")
def posts() -> list[Post]:
    return firm_mail(MAILS, seed=11)


@pytest.fixture(scope="module")
def folder(posts: list[Post], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mails as .eml files, some in a folder below."""
    top = tmp_path_factory.mktemp("old")
    (top / "deeper").mkdir()
    for number, post in enumerate(posts):
        (top / ("" if number % 3 else "deeper") / f"{post.token}.eml").write_bytes(post.raw)
    return top


@pytest.fixture(scope="module")
def cli(folder: Path) -> Iterator[Cli]:
    """The owner's local mailbox and two clients; Tom may see Olmo alone, Nora nobody."""
    home = short_folder()
    with Cli(home, inside=True) as made:
        made.one("import", str(folder), "--mailbox", "old")
        for name, address in ADDRESSES.items():
            made.one("client", "add", name, "--contact", f"Someone <{address}>")
        made.one("member", "add", "Tom")
        made.one("member", "add", "Nora")
        made.one("member", "access", "Tom", "--give", OLMO)
        yield made
    shutil.rmtree(home)


def tokens(rows: list[Row]) -> set[str]:
    return {row["subject"].split()[-1] for row in rows}


def of_client(posts: list[Post], name: str) -> set[str]:
    return {post.token for post in posts if ADDRESSES[name].encode() in post.raw.lower()}


# ---------------------------------------------------------------- import
def test_an_import_again_adds_nothing(cli: Cli, folder: Path, posts: list[Post]) -> None:
    again = cli.one("import", str(folder), "--mailbox", "old")
    assert (again["added"], again["known"], again["failed"], again["affected"]) == (0, len(posts), 0, 0)
    seen = [row["subject"].split()[-1] for row in cli.rows("search", "mailbox:old")]
    assert sorted(seen) == sorted(post.token for post in posts)


def test_a_maildir_comes_with_folders_and_flags_and_adds_nothing_again(tmp_path: Path, posts: list[Post]) -> None:
    top = tmp_path / "Maildir"
    for below in (top, top / ".Archive.2020"):
        for sub in ("cur", "new", "tmp"):
            (below / sub).mkdir(parents=True)
    for number, post in enumerate(posts[:10]):
        place = top if number < 6 else top / ".Archive.2020"
        name = f"{number}.host:2,{'S' if number % 2 else 'F'}" if number < 8 else f"{number}.host"
        (place / ("cur" if number < 8 else "new") / name).write_bytes(post.raw)
    home = short_folder()
    with Cli(home, inside=True) as cli:
        assert cli.one("import", str(top), "--mailbox", "md")["added"] == 10
        again = cli.one("import", str(top), "--mailbox", "md")
        assert (again["added"], again["known"]) == (0, 10)
        rows = {row["subject"].split()[-1]: row for row in cli.rows("search")}
        for number, post in enumerate(posts[:10]):
            (seen,) = rows[post.token]["sightings"]
            assert (seen["mailbox"], seen["folder"]) == ("md", "INBOX" if number < 6 else "Archive/2020")
            assert rows[post.token]["read"] == (number < 8 and number % 2 == 1)
            assert rows[post.token]["starred"] == (number < 8 and number % 2 == 0)
    shutil.rmtree(home)


def test_an_import_of_nothing_is_refused_with_the_path(cli: Cli, tmp_path: Path) -> None:
    error = cli.refused("import", str(tmp_path / "no"), "--mailbox", "x", code=2)
    assert error["code"] == "import_path"
    assert str(tmp_path / "no") in error["sentence"]
    assert [row["address"] for row in cli.rows("mailbox", "list")] == ["old"]


# ---------------------------------------------------------------- who sees what
def test_a_member_sees_exactly_the_mail_of_their_clients(cli: Cli, posts: list[Post]) -> None:
    rows = cli.as_("Tom").rows("search")
    assert of_client(posts, OLMO) <= tokens(rows)
    assert all(OLMO in row["clients"] for row in rows)
    assert {name for row in rows for name in row["clients"]} == {OLMO}, "another client's name is no business of theirs"
    assert all(row["sightings"] == [] == row["mailboxes"] for row in rows)
    assert cli.as_("Nora").rows("search") == []
    assert cli.as_("Nora").rows("threads") == []
    assert [row["name"] for row in cli.as_("Tom").rows("client", "list")] == [OLMO]
    assert cli.as_("Nora").rows("client", "list") == []
    assert cli.as_("Tom").rows("mailbox", "list") == []


def test_access_that_is_taken_hides_at_once(cli: Cli) -> None:
    cli.one("member", "access", "Nora", "--give", ROWING)
    assert cli.as_("Nora").rows("search")
    assert by(cli.rows("member", "list"), "name")["Nora"]["clients"]
    cli.one("member", "access", "Nora", "--take", ROWING)
    assert cli.as_("Nora").rows("search") == []
    assert cli.as_("Nora").rows("notices") == []


def hidden_and_unused(cli: Cli, posts: list[Post]) -> tuple[Row, str, str]:
    """An email of the other client, an id of the same shape that nobody has, and one for threads."""
    only = of_client(posts, ROWING) - of_client(posts, OLMO)
    row = next(row for row in cli.rows("search") if tokens([row]) <= only and row["clients"] == [ROWING])
    unused = [_unused(str(row[key])) for key in ("email", "thread")]
    return row, unused[0], unused[1]


def _unused(id_: str) -> str:
    """Other letters of the same sort at the end."""
    return id_[:-8] + "".join(secrets.choice("0123456789abcdefghjkmnpqrstvwxyz") for _ in id_[-8:])


def test_a_hidden_id_answers_like_an_unused_one(cli: Cli, posts: list[Post]) -> None:
    tom = cli.as_("Tom")
    row, unused, unused_thread = hidden_and_unused(cli, posts)
    pairs = [
        (["show", "{}"], row["email"], unused), (["show", "{}", "--raw"], row["email"], unused),
        (["why", "{}"], row["email"], unused), (["file", "{}", OLMO], row["email"], unused),
        (["mark", "{}", "--read"], row["email"], unused), (["archive", "{}"], row["email"], unused),
        (["delete", "{}"], row["email"], unused), (["move", "{}", "--to", "x"], row["email"], unused),
        (["done", "{}"], row["thread"], unused_thread), (["reopen", "{}"], row["thread"], unused_thread),
        (["file", "--thread", "{}", OLMO], row["thread"], unused_thread),
        (["client", "show", "{}"], ROWING, "No Such Club"), (["threads", "--client", "{}"], ROWING, "No Such Club"),
        (["mailbox", "show", "{}"], "old", "none"), (["mailbox", "pause", "{}"], "old", "none"),
        (["sync", "{}"], "old", "none"), (["audit", "{}"], "old", "none"),
    ]  # fmt: skip
    for words, hidden, never in pairs:
        ids = (hidden, never, "nonsense", "🦉")
        answers = [tom.call(*(word.format(id_) for word in words), "--json") for id_ in ids]
        assert {x.code for x in answers} == {3}, (words, answers)
        assert len({(x.out, x.err) for x in answers}) == 1, (words, answers)


def test_what_is_hidden_is_in_no_answer(cli: Cli) -> None:
    tom = cli.as_("Tom")
    lists = ("search", "threads", "notices", "status", "client list", "contact list", "mailbox list", "member list")
    for words in lists:
        told = tom.call(*words.split(), "--json")
        assert told.code == 0, words
        assert "Rowing" not in told.out, words
    hits = tom.rows("search", "client:'Harbour Rowing Club'")
    assert hits == tom.rows("search", "client:'No Such Club'")


@pytest.mark.parametrize(
    "words",
    [
        ["client", "add", "New"],
        ["contact", "add", "New <new@new.example>"],
        ["contact", "link", "ana@olmo.example", OLMO],
        ["contact", "unlink", "ana@olmo.example", OLMO],
        ["contact", "sync", "off", "ana@olmo.example", "--client", OLMO],
        ["member", "add", "New"],
        ["member", "access", "Tom", "--rights", "manage_clients"],
        ["journal"],
    ],
    ids=" ".join,
)
def test_a_missing_right_on_something_visible_exits_with_4(cli: Cli, words: list[str]) -> None:
    head = cli.one("journal", "head")["hash"]
    error = cli.as_("Tom").refused(*words, code=4)
    assert error["code"] == "not_allowed"
    assert cli.rows("contact", "list")
    assert {row["name"] for row in cli.rows("client", "list")} == {OLMO, ROWING}
    assert head


def test_rights_are_given_and_taken_one_by_one(cli: Cli) -> None:
    nora = cli.as_("Nora")
    cli.one("member", "access", "Nora", "--rights", "manage_clients,view_all_clients")
    assert {row["name"] for row in nora.rows("client", "list")} == {OLMO, ROWING}
    assert nora.one("contact", "add", "Extra <extra@olmo.example>", "--client", OLMO)["clients"] is not None
    cli.one("member", "access", "Nora", "--rights", "")
    assert nora.rows("client", "list") == []
    assert cli.refused("member", "access", "Nora", "--rights", "fly", code=2)["code"] == "bad_value"


def test_an_unknown_member_cannot_be_acted_as(cli: Cli) -> None:
    assert cli.as_("Nobody At All").refused("status", code=3)["code"] == "not_found"


# ---------------------------------------------------------------- contacts and links
def test_a_link_files_known_mail_at_once_and_unlinking_takes_it_back(cli: Cli, posts: list[Post]) -> None:
    address = "marta@vega.example"
    cli.one("client", "add", "Vega & Sons")
    cli.one("contact", "add", f"Marta <{address}>")
    theirs = {post.token for post in posts if address.encode() in post.raw.lower()}
    assert theirs
    done = cli.one("contact", "link", address, "Vega & Sons")
    filed = [row for row in cli.rows("search") if "Vega & Sons" in row["clients"]]
    assert theirs <= tokens(filed)
    assert done["affected"] == len(filed)
    shown = cli.one("client", "show", "Vega & Sons")
    assert shown["emails"] == len(filed)
    assert [x["address"] for contact in shown["contacts"] for x in contact["addresses"]] == [address]
    cli.one("contact", "sync", "off", address, "--client", "Vega & Sons")
    assert [row for row in cli.rows("search") if "Vega & Sons" in row["clients"]] == []
    cli.one("contact", "sync", "on", address, "--client", "Vega & Sons")
    assert theirs <= tokens([row for row in cli.rows("search") if "Vega & Sons" in row["clients"]])
    cli.one("contact", "unlink", address, "Vega & Sons")
    assert [row for row in cli.rows("search") if "Vega & Sons" in row["clients"]] == []
    cli.one("undo")
    assert theirs <= tokens([row for row in cli.rows("search") if "Vega & Sons" in row["clients"]])
    cli.one("contact", "unlink", address, "Vega & Sons")


def test_a_contact_of_two_clients_is_ambiguous_until_a_person_says(cli: Cli, tmp_path: Path) -> None:
    raw = (
        b"From: both@shared.example\r\nTo: %s\r\nSubject: shared q99001\r\nMessage-ID: <q99001@x.example>\r\n\r\nhi\r\n"
    )
    (tmp_path / "one.eml").write_bytes(raw % MEMBERS["user1"].encode())
    cli.one("import", str(tmp_path), "--mailbox", "old")
    (row,) = cli.rows("search", "q99001")
    assert "nobody filed it by hand" in cli.call("why", row["email"]).out
    cli.one("contact", "add", "Both <both@shared.example>", "--client", OLMO)
    cli.one("contact", "link", "both@shared.example", ROWING)
    (row,) = cli.rows("search", "q99001")
    assert {(x["client"], x["ambiguous"]) for x in row["filing"]} == {(OLMO, True), (ROWING, True)}
    assert "Several clients fit" in cli.call("why", row["email"]).out
    assert cli.as_("Tom").rows("search", "q99001") == [], "seen by those who may see every candidate"
    assert row["thread"] in {x["thread"] for x in cli.rows("threads", "--view", "ambiguous")}
    cli.one("file", row["email"], OLMO)
    (row,) = cli.rows("search", "q99001")
    assert [(x["client"], x["reason"], x["ambiguous"]) for x in row["filing"]] == [(OLMO, "by_hand", False)]
    assert len(cli.as_("Tom").rows("search", "q99001")) == 1
    cli.one("file", row["email"], "--nowhere")
    assert "A person decided so." in cli.call("why", row["email"]).out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["client", "add", ""], "bad_name"),
        (["client", "add", " \t"], "bad_name"),
        (["client", "add", "a\nb"], "bad_name"),
        (["client", "add", "x" * 201], "bad_name"),
        (["client", "add", OLMO.upper()], "name_taken"),
        (["client", "add", "Ok", "--contact", "nobody"], "bad_address"),
        (["contact", "add", "no address"], "bad_address"),
        (["member", "add", "Tom"], "name_taken"),
        (["contact", "add", "Thief <ana@olmo.example>"], "address_taken"),
    ],
)
def test_what_cannot_be_made_is_refused_and_leaves_nothing(cli: Cli, words: list[str], code: str) -> None:
    before = [cli.rows(kind, "list") for kind in ("client", "contact", "member")]
    told = cli.call(*words, "--json")
    assert told.code == 2, told
    assert told.error["code"] in ({code, "too_long"} if "x" * 201 in words else {code})
    assert [cli.rows(kind, "list") for kind in ("client", "contact", "member")] == before


# ---------------------------------------------------------------- journal
def test_the_journal_tells_every_act_and_its_chain_holds(cli: Cli, posts: list[Post]) -> None:
    before = cli.rows("journal")
    (owner,) = [row["member"] for row in cli.rows("member", "list") if row["role"] == "owner"]
    (email, *_) = [row["email"] for row in cli.rows("search")]
    cli.one("file", email, OLMO)
    cli.one("undo")
    cli.as_("Tom").call("done", "nonsense")
    entries = cli.rows("journal")
    assert [x["seq"] for x in entries] == list(range(1, len(entries) + 1))
    assert all(x["prev"] == y["hash"] for x, y in zip(entries[1:], entries, strict=False))
    fresh = entries[len(before) :]
    assert {x["member"] for x in fresh} >= {owner}
    assert any("file" in x["action"] for x in fresh)
    assert any("undo" in x["action"] for x in fresh)
    assert cli.one("journal", "head")["hash"] == cli.rows("journal")[-1]["hash"]
    assert cli.call("journal", "--verify").code == 0
    text = str(entries)
    assert [word for word in ("olmo", "Olmo", "rowing", *(post.token for post in posts)) if word in text] == []


def test_acting_as_another_is_in_the_journal(cli: Cli) -> None:
    members = by(cli.rows("member", "list"), "name")
    (row, *_) = cli.as_("Tom").rows("search")
    cli.as_("Tom").one("done", row["thread"])
    cli.as_("Tom").one("undo")
    acted = [x for x in cli.rows("journal") if x["as"] == members["Tom"]["member"]]
    assert acted
    assert {x["member"] for x in acted} == {row["member"] for row in members.values() if row["role"] == "owner"}
