"""A body in blocks, in English and Spanish mail."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.mime.quotes import blocks, snippet

ENGLISH = "On Tue, 24 Nov 2026 at 09:30, Ada Byron <ada@a.example> wrote:"
SPANISH = "El mar, 24 nov 2026 a las 9:30, Ada Byron (<ada@a.example>) escribió:"
OUTLOOK = "From: Ada Byron\nSent: Tuesday, 24 November 2026 09:30\nTo: Bob\nSubject: Deed\n"
KINDS = ("text", "forward", "quote", "signature")
OUTLOOK_ES = "De: Ada Byron\nEnviado el: martes, 24 de noviembre de 2026 9:30\nPara: Bob\nAsunto: Escritura\n"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Just text.\n\nMore of it.", ["text"]),
        (f"Yes.\n\n{ENGLISH}\n> old\n> older\n", ["text", "quote"]),
        (f"Sí.\n\n{SPANISH}\n\n> viejo\n", ["text", "quote"]),
        (f"Yes.\n\n{ENGLISH}\nunmarked old text\nand more", ["text", "quote"]),
        ("Yes.\n\nOn Tue, 24 Nov 2026 at 09:30, Ada Byron\n<ada@a.example> wrote:\n\n> old", ["text", "quote"]),
        (
            f"{ENGLISH}\n> question one\n\nanswer one\n\n> question two\n\nanswer two",
            ["quote", "text", "quote", "text"],
        ),
        ("2026-11-24 9:30 GMT+01:00 Ada <ada@a.example>:\n\n> viejo\n\nnuevo", ["quote", "text"]),
        ("Ada Byron wrote:\n> old\nnew", ["quote", "text"]),
        ('Ja.\n\n30.09.2026, 18.30, "Ada" <ada@a.example>:\nalt', ["text", "quote"]),
        ("Yes.\n\n---- On Tue, 24 Nov 2026 09:30:00 +0100 ada@a.example wrote ----\nold", ["text", "quote"]),
        ("Ada Byron wrote:\nthat is what I mean", ["text"]),
        (f"Yes.\n\n-----Original Message-----\n{OUTLOOK}\nold", ["text", "quote"]),
        (f"Sí.\n\n-----Mensaje original-----\n{OUTLOOK_ES}\nviejo", ["text", "quote"]),
        (f"Yes.\n\n________________________________\n{OUTLOOK}\nold", ["text", "quote"]),
        (f"Sí.\n\n{OUTLOOK_ES}\nviejo", ["text", "quote"]),
        ("From: here on it is text.\nAnd more.", ["text"]),
        ("See below.\n\n---------- Forwarded message ---------\nFrom: x\n\ntext\n> quoted", ["text", "forward"]),
        ("Ver abajo.\n\n---------- Mensaje reenviado ----------\nDe: x\n\ntexto", ["text", "forward"]),
        ("See below.\n\nBegin forwarded message:\n\nFrom: x", ["text", "forward"]),
        ("Yes.\n-- \nBob\n+34 1", ["text", "signature"]),
        (f"Yes.\n-- \nBob\n\n{ENGLISH}\n> old\n> -- \n> Ada", ["text", "signature", "quote"]),
        ("Yes.\n\nSent from my phone", ["text", "signature"]),
        ("Sí.\n\nEnviado desde mi iPhone\n\n> viejo", ["text", "signature", "quote"]),
        ("Sent from my office was\na letter\nof three\nlines\nand four\nand five", ["text"]),
        ("one\n----\ntwo", ["text"]),
        ("On Monday we met and he wrote: nothing.\nThen more.", ["text"]),
        ("", []),
        ("\n\n", ["text"]),
    ],
)
def test_blocks(text: str, kinds: list[str]) -> None:
    found = blocks(text)
    assert [kind for kind, _ in found] == kinds
    assert "".join(part for _, part in found) == text


@pytest.mark.parametrize(
    "line",
    [
        "9" + "<" * 240 + "@" * 240 + ">:", "On " + "wrote " * 80, "On " + "@ wrote" * 60 + ":", "-" * 499,
        "-- Forwarded by " + "-" * 480,
        "El " + "a" * 490 + ":", "From: x", "Sent from my " + "x" * 480, " " * 499 + ":", "_" * 500,
    ],
)  # fmt: skip
def test_no_line_costs_much(line: str) -> None:
    text = f"{line}\n" * 2000
    start = time.process_time()
    found = blocks(text)
    assert time.process_time() - start < 3
    assert "".join(part for _, part in found) == text


LINES = st.sampled_from(
    ["text", "", "> quoted", ">", "-- ", "--", ENGLISH, SPANISH, "wrote:", "On", "El", *OUTLOOK.split("\n"), "> -- ",
     "-----Original Message-----", "---------- Forwarded message ---------", "Sent from my phone", "_" * 32,
     "2026-11-24 "]
)  # fmt: skip


@given(st.one_of(st.text(max_size=300), st.lists(LINES, max_size=25).map("\n".join)))
def test_the_blocks_together_are_the_text(text: str) -> None:
    found = blocks(text)
    assert "".join(part for _, part in found) == text
    assert all(part for _, part in found)
    assert all(one[0] != two[0] for one, two in pairwise(found))


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (f"{ENGLISH}\n> old\n\nThe answer\nis yes.", "The answer is yes."),
        ("---------- Forwarded message ---------\nFrom: x", "---------- Forwarded message --------- From: x"),
        ("> only\n> quoted", "> only > quoted"),
        ("> quoted\n" * 400 + "\nthe answer", "the answer"),
        ("  \n\n", ""),
        ("word " * 100, ("word " * 32)[:160]),
    ],
)
def test_a_snippet_is_the_start_of_what_is_new(text: str, start: str) -> None:
    assert snippet(text, length=160) == start


SOME_LINES = [
    "Dear all,", "we met", "", "> old", "-- ", "Ada", "On Tuesday", ENGLISH, "Sent from my phone", "x" * 90, "Note:",
    "wide   words\there", *OUTLOOK.splitlines(),
]  # fmt: skip


@given(st.lists(st.sampled_from(SOME_LINES), max_size=12))
def test_a_snippet_is_of_the_first_kind_of_block_that_says_anything(lines: list[str]) -> None:
    text = "\n".join(lines)
    said = {kind: " ".join("".join(part for k, part in blocks(text) if k == kind).split()) for kind in KINDS}
    assert snippet(text, length=60) == next((said[kind] for kind in KINDS if said[kind]), "")[:60]


def test_a_snippet_of_html_has_no_link_numbers() -> None:
    assert snippet("[1] See it[2] here", length=160, numbered=True) == "See it here"
    assert snippet("see [1]", length=160) == "see [1]"
