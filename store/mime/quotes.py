"""A body's text in blocks: what its sender wrote, what they quote, forward, and sign with (English and Spanish mail).

Invariant: the blocks' texts joined are the text. Each line is looked at a bounded number of times.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal

Kind = Literal["text", "quote", "signature", "forward"]

_MAX_LINE: Final = 500  # characters of a line that are looked at
_ATTRIBUTION_LINES: Final = 4
_HEADER_LINES: Final = 8
_NEAR, _FAR = 1500, 20_000  # characters that a snippet is looked for in
_SHORT_SIGNATURE: Final = 3  # lines that may follow "Sent from my phone"

_VERB: Final = r"(?:wrote|writes|escribi[oó]|escribe|a [eé]crit|schrieb|ha scritto|escreveu)"
_OPENS: Final = re.compile(r"\s{0,3}(?:On|El|Le|Am|Il|Em|O)\s|\s{0,3}\d{4}[-/]\d{1,2}[-/]\d{1,2}[ ,]", re.IGNORECASE)
_ATTRIBUTION: Final = re.compile(
    r"\s{0,3}(?:On|El|Le|Am|Il|Em|O)\s.{3,}(?:\b" + _VERB + r"\b.{0,60}:|@\S{1,100}\s" + _VERB + r")", re.IGNORECASE
)
_NAME_WROTE: Final = re.compile(r"\s{0,3}\S.{0,200}\s" + _VERB + r"\s?:", re.IGNORECASE)
_ORIGINAL: Final = re.compile(
    r"\s{0,3}-{2,}\s?(?:Original Message|Original Appointment|Mensaje original|Mensaje Original|Cita original"
    r"|Message d'origine|Urspr[uü]ngliche Nachricht|On .{5,200} wrote)\s?-{2,}",
    re.IGNORECASE,
)
_FORWARD: Final = re.compile(
    r"\s{0,3}(?:-{2,}\s?(?:Forwarded message|Forwarded by .{1,200}|Mensaje reenviado|Reenviado por .{1,200})\s?-{2,}"
    r"|(?:Begin forwarded message|Inicio del mensaje reenviado)\s?:)",
    re.IGNORECASE,
)
_FROM: Final = re.compile(r"[\s>*]{0,4}(?:From|De|Von|Van|Da)\s?:\*?\s?\S", re.IGNORECASE)
_FIELD: Final = re.compile(
    r"[\s>*]{0,4}(?:Sent|Date|To|Cc|Subject|Enviado(?: el)?|Fecha|Para|CC|Asunto|Importance|Importancia|Reply-To"
    r"|Envoy[eé](?: le)?|À|A|Objet|Sujet|Gesendet|An|Betreff|Datum|Verzonden|Aan|Onderwerp|Inviato|Oggetto|Data)\s?:",
    re.IGNORECASE,
)
_LINK_NUMBER: Final = re.compile(r"\[[1-9]\d{0,3}\]")
_RULE: Final = re.compile(r"\s{0,3}_{10,}\s*")
_PHONE: Final = re.compile(
    r"\s{0,3}(?:Sent from (?:my |Outlook|Mail|Yahoo|AOL|Samsung|Proton)|Get Outlook for"
    r"|Enviado desde (?:mi|el|Outlook|Correo)"
    r"|Obtener Outlook para|Descarga Outlook para).{0,100}",
    re.IGNORECASE,
)
# What no other rule looks at begins like none of these and doesn't end with a colon.
_HINT: Final = re.compile(
    r"\s{0,3}(?:[->_*0-9]|(?:On|El|Le|Am|Il|Em|O)\s|(?:From|De|Von|Van|Da)\s?:|Sent|Get|Enviado|Obtener|Descarga"
    r"|Begin|Inicio)",
    re.IGNORECASE,
)
_NO_HINT: Final = frozenset("CcHhJjMmNnPpQqRrTtUuWwXxYyZz")  # nothing of it begins so


def blocks(text: str) -> tuple[tuple[Kind, str], ...]:
    """The blocks in order; neighbours differ in kind."""
    if not text:
        return ()
    reader = _Lines(text.split("\n"))
    out: list[tuple[Kind, list[str]]] = []
    for kind, line in reader.read():
        if out and out[-1][0] == kind:
            out[-1][1].append(line)
        else:
            out.append((kind, [line]))
    joined: list[tuple[Kind, str]] = [(kind, "\n".join(lines) + "\n") for kind, lines in out]
    joined[-1] = (joined[-1][0], joined[-1][1][:-1])
    return tuple((kind, part) for kind, part in joined if part)


def snippet(text: str, *, length: int, numbered: bool = False) -> str:
    """The beginning of what its sender wrote, on one line; without the numbers of links where there are some."""
    text = _LINK_NUMBER.sub("", text[:_FAR]) if numbered else text[:_FAR]
    lines = text[:_NEAR].split("\n")
    words = _plain_words(lines, length)
    if words:
        return " ".join(words)[:length]
    words = []
    room = length
    for kind, line in _Lines(lines).read():
        if kind == "text" and line:
            words += line.split()
            room -= len(line) - line.count(" ")
            if room <= 0:
                break
    return " ".join(words or _new_text(text).split())[:length]


def _plain_words(lines: list[str], room: int) -> list[str] | None:
    """The first words where no line before their end may be anything but its sender's; None where one may."""
    words: list[str] = []
    for line in lines:
        short = line[:_MAX_LINE].rstrip()
        if not short:
            continue
        if _may_matter(short):
            return None
        words += line.split()
        room -= len(line) - line.count(" ")
        if room <= 0:
            break
    return words


def _may_matter(line: str) -> bool:
    return line[-1] == ":" or (line[0] not in _NO_HINT and _HINT.match(line) is not None)


def _new_text(text: str) -> str:
    """What its sender wrote; where that is nothing, what was forwarded, else what was quoted."""
    found = blocks(text)
    for wanted in ("text", "forward", "quote", "signature"):
        chosen = "".join(part for kind, part in found if kind == wanted)
        if chosen.strip():
            return chosen
    return ""


def _is_stamped(line: str) -> bool:
    """Whether a line that ends like an address names a time too: an attribution in any language."""
    before, angle, address = line.rpartition("<")
    return bool(angle) and "@" in address and " " not in address.strip(" :") and any(char.isdigit() for char in before)


class _Lines:
    """One pass over the lines, with a look ahead of a few."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._short = [line[:_MAX_LINE].rstrip() for line in lines]
        self._next = [0] * (len(lines) + 1)  # the next line that isn't empty, from each line on
        self._next[-1] = len(lines)
        for at in range(len(lines) - 1, -1, -1):
            self._next[at] = at if self._short[at] else self._next[at + 1]

    def read(self) -> Iterator[tuple[Kind, str]]:
        """Each line with its kind."""
        at = 0
        other: Kind = "text"  # what is not quoted: a text, or below its first line a signature
        while at < len(self._lines):
            line = self._short[at]
            if line and _may_matter(line):
                if last := self._to_the_end(at):
                    for rest in self._lines[at:]:
                        yield last, rest
                    return
                if until := self._quoted_until(at):
                    for quoted in self._lines[at:until]:
                        yield "quote", quoted
                    at, other = until, "text"
                    continue
                if self._signs(at):
                    other = "signature"
            yield other, self._lines[at]
            at += 1

    def _to_the_end(self, at: int) -> Kind | None:
        """Whether everything from here on is quoted or forwarded."""
        line = self._short[at]
        if not line:
            return None
        if _FORWARD.fullmatch(line):
            return "forward"
        if _ORIGINAL.fullmatch(line):
            return "quote"
        if _FROM.match(line) and self._is_header(at):
            return "quote"
        if _RULE.fullmatch(line):
            after = self._next[at + 1]
            if after < len(self._lines) and _FROM.match(self._short[after]) and self._is_header(after):
                return "quote"
        end = self._attribution_end(at)
        if end and (self._next[end] >= len(self._lines) or not self._is_quoted(self._next[end])):
            return "quote"  # the quoted text has no marks
        return None

    def _is_header(self, at: int) -> bool:
        fields = sum(1 for line in self._short[at + 1 : at + _HEADER_LINES] if _FIELD.match(line))
        return fields >= 2

    def _quoted_until(self, at: int) -> int:
        """The line after a run of quoted lines, with the attribution above it; 0 if none begins here."""
        begin = self._next[self._attribution_end(at)] if self._opens_quote(at) else at
        if begin >= len(self._lines) or not self._is_quoted(begin):
            return 0
        until = begin
        while until < len(self._lines):
            after = self._next[until]
            if after >= len(self._lines) or not self._is_quoted(after):
                break
            until = after + 1
        return until

    def _opens_quote(self, at: int) -> bool:
        return self._attribution_end(at) > 0

    def _attribution_end(self, at: int) -> int:
        """The line after "On … wrote:", which may be folded; 0 if it isn't one."""
        line = self._short[at]
        if not line:
            return 0
        if _OPENS.match(line):
            joined = ""
            for end in range(at, min(at + _ATTRIBUTION_LINES, len(self._lines))):
                if not self._short[end] or self._is_quoted(end):
                    break
                joined = f"{joined} {self._short[end].strip()}".strip()
                if (joined[-1] == ":" or "@" in joined) and _ATTRIBUTION.fullmatch(joined[:_MAX_LINE]):
                    return end + 1
        if line.endswith((">:", "> :")) and _is_stamped(line):
            return at + 1
        if line[-1] == ":" and _NAME_WROTE.fullmatch(line):
            after = self._next[at + 1]
            if after < len(self._lines) and self._is_quoted(after):
                return at + 1
        return 0

    def _is_quoted(self, at: int) -> bool:
        line = self._short[at]
        return line.startswith((">", " >"))

    def _signs(self, at: int) -> bool:
        line = self._short[at]
        if line == "--":
            return True
        if not _PHONE.fullmatch(line):
            return False
        left = self._next[at + 1]
        for _ in range(_SHORT_SIGNATURE):
            if left >= len(self._lines) or self._is_quoted(left) or self._to_the_end(left):
                return True
            left = self._next[left + 1]
        return False
