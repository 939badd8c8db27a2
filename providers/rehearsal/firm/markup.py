"""What people typed, as HTML: for mail programs that send both, and the dress of newsletters. Text is always escaped.

The data's newsletters know three marks: `# ` begins a heading, `* ` a point of a list, `[words](address)` is a link.
"""

import re
import textwrap
from html import escape

_LINK = re.compile(r"\[([^]]+)]\((https?://[^)]+)\)")
_WIDTH = 72


def wrapped(text: str) -> str:
    """Each line of `text` broken where a program for plain text would."""
    return "\n".join(_wrapped_line(line) for line in text.splitlines())


def _wrapped_line(line: str) -> str:
    if line.startswith((">", " ")) or len(line) <= _WIDTH:
        return line
    hang = "  " if line.startswith(("- ", "* ")) else ""
    return textwrap.fill(line, _WIDTH, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False)


def paragraphs(text: str) -> str:
    """Plain paragraphs, one `<p>` each, line ends kept."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return "\n".join("<p>" + escape(block, quote=False).replace("\n", "<br>\n") + "</p>" for block in blocks if block)


def letter(*, own: str, signature: str, quoted: str, above: str, logo: str) -> str:
    """A letter as a mail program with formatting sends it."""
    picture = f'<p><img src="cid:{logo}" alt="" width="96" height="32"></p>\n' if logo else ""
    signed = f'<div style="color:#555555">{paragraphs(signature)}\n{picture}</div>\n' if signature else picture
    tail = ""
    if quoted:
        style = "margin:0 0 0 .8ex;border-left:1px solid #cccccc;padding-left:1ex"
        tail = f'<div>{paragraphs(above)}\n<blockquote style="{style}">{paragraphs(quoted)}</blockquote></div>\n'
    return _page(f'<div style="font-family:sans-serif;font-size:11pt">{paragraphs(own)}\n{signed}</div>\n{tail}')


def newsletter(*, title: str, text: str, footer: str, colour: str) -> str:
    """A newsletter: a coloured band, the text with its headings, lists and links, and small print."""
    band = f'<td style="background:{colour};color:#ffffff;padding:18px 24px;font-size:22px">{escape(title)}</td>'
    body = "\n".join(_block(block) for block in re.split(r"\n\s*\n", text.strip()))
    small = f'<td style="padding:12px 24px;color:#888888;font-size:11px">{_linked(footer)}</td>'
    preview = f'<div style="display:none;max-height:0;overflow:hidden">{escape(_first_line(text))}</div>'
    rows = f'<tr>{band}</tr>\n<tr><td style="padding:18px 24px">\n{body}\n</td></tr>\n<tr>{small}</tr>'
    table = f'<table role="presentation" width="600" cellpadding="0" cellspacing="0" align="center">\n{rows}\n</table>'
    return _page(f'{preview}\n<div style="font-family:Georgia,serif;background:#f4f4f0">\n{table}\n</div>\n')


def unmarked(text: str) -> str:
    """A newsletter's text for its plain part: links stand behind their words."""
    plain = _LINK.sub(r"\1 <\2>", text)
    return re.sub(r"^# (.+)$", lambda match: f"{match[1]}\n{'=' * len(match[1])}", plain, flags=re.MULTILINE)


def _first_line(text: str) -> str:
    return unmarked(text).strip().splitlines()[0]


def _block(block: str) -> str:
    lines = block.splitlines()
    if lines[0].startswith("# "):
        rest = f"\n{_block(chr(10).join(lines[1:]))}" if lines[1:] else ""
        return f'<h2 style="font-size:17px;margin:18px 0 6px">{_linked(lines[0][2:])}</h2>{rest}'
    if all(line.startswith("* ") for line in lines):
        return "<ul>\n" + "\n".join(f"<li>{_linked(line[2:])}</li>" for line in lines) + "\n</ul>"
    return "<p>" + "<br>\n".join(_linked(line) for line in lines) + "</p>"


def _linked(text: str) -> str:
    return _LINK.sub(r'<a href="\2">\1</a>', escape(text.strip(), quote=False)).replace("\n", "<br>\n")


def _page(body: str) -> str:
    return f"<!DOCTYPE html>\n<html><body>\n{body}</body></html>\n"
