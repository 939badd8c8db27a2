"""Words of attachments, through a real office and its worker: found behind the mail, and named in the hit."""

import shutil
from pathlib import Path

from tests.office.test_desk_saving import WORD, mail
from tests.support.cli import Cli
from tests.support.documents import docx, pdf, zipped
from tests.support.home import short_folder


def test_mail_is_found_by_the_words_of_its_attachments(tmp_path: Path) -> None:
    home = short_folder()
    bomb = zipped({"word/document.xml": b"<a>" + bytes(100 << 20)})
    (tmp_path / "1.eml").write_bytes(mail("one@x", ("Deed.pdf", "application", "pdf", pdf("the quincunx clause"))))
    (tmp_path / "2.eml").write_bytes(mail("two@x", ("Bomb.docx", *WORD, bomb), ("Offer.docx", *WORD, docx("a zeugma"))))
    with Cli(home, inside=True) as cli:
        cli.one("import", str(tmp_path), "--mailbox", "old")
        assert len(cli.rows("search", "files")) == 2  # the mail itself waits for nothing
        for word, subject, snippet in (
            ("quincunx", "About one@x", "Deed.pdf: the quincunx clause"),
            ("zeugma", "About two@x", "Offer.docx: a zeugma"),
        ):
            cli.until(lambda word=word: cli.rows("search", word), what=word)  # type: ignore[misc]
            (row,) = cli.rows("search", word)
            assert (row["subject"], row["snippet"]) == (subject, snippet)
        assert cli.rows("search", "quincunx -clause") == []
        assert [row["subject"] for row in cli.rows("search", "filename:bomb")] == ["About two@x"]
    shutil.rmtree(home)
