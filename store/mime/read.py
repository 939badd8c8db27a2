"""A copy's bytes as records: the one door of this package that a worker uses. It returns for any bytes whatsoever."""

from store.mime.block import Block, read_block
from store.mime.bodies import read_body, texts_of
from store.mime.charsets import decode
from store.mime.compress import compress
from store.mime.content import body_hash, content_hash, header_content_hash, identity
from store.mime.headers import MIME_WANTED, WANTED, read_headers
from store.mime.limits import MAX_HEADER_BYTES, MAX_INDEX_BYTES, MAX_SNIPPET, MAX_TEXT, Cut
from store.mime.parts import walk
from store.mime.quotes import snippet
from store.model.copy import Body, Copy, Headers


def read_copy(raw: bytes, *, uid: int, whole: bool, size: int = 0) -> Copy:
    """One copy as fetched: all of it, or (`whole` false) its header fields alone."""
    try:
        block = read_block(raw, wanted=MIME_WANTED if whole else WANTED)
        headers = read_headers(block)
    except Exception:  # noqa: BLE001 - whatever a sender can think of: the bytes are kept, and the copy says so
        block, headers = Block([], 0, False), Headers(cut=(Cut.UNDECODABLE,))
    known = Copy(
        uid=uid,
        headers=headers,
        header_block=compress(raw[: min(block.body, MAX_HEADER_BYTES)]),
        identity=identity(headers),
        content_hash=b"" if whole else header_content_hash(headers),
        size=size or (len(raw) if whole else 0),
    )
    return _with_body(known, raw, block) if whole else known


def _with_body(known: Copy, raw: bytes, block: Block) -> Copy:
    try:
        tree = walk(raw, block)
        texts = texts_of(tree)
        body = read_body(tree, texts)
        content = content_hash(known.headers, tree.leaves, texts)
        first = snippet(body.text, length=MAX_SNIPPET, numbered=body.html)
    except Exception:  # noqa: BLE001 - as above: then the text is what the bytes say, and nothing is attached
        below = decode(raw[block.body : block.body + MAX_TEXT]).text
        body = Body(text=below.replace("\r\n", "\n").replace("\r", "\n"), cut=(Cut.UNDECODABLE,))
        content = body_hash(header_content_hash(known.headers) + raw[block.body :])
        first = " ".join(body.text[: MAX_SNIPPET * 4].split())[:MAX_SNIPPET]
    data = raw[block.body :]
    return Copy(
        uid=known.uid,
        headers=known.headers,
        header_block=known.header_block,
        identity=known.identity,
        content_hash=content,
        body=body,
        body_hash=body_hash(data),
        raw_body=compress(data),
        text_body=compress(body.text.encode("utf-8", "replace")),
        snippet=first,
        index_text=_index_text(body),
        size=known.size,
    )


def _index_text(body: Body) -> str:
    names = "\n".join(part.name for part in body.parts if part.name)
    text = f"{names}\n{body.text}" if names else body.text
    if len(text) * 4 <= MAX_INDEX_BYTES:
        return text
    return text.encode("utf-8", "replace")[:MAX_INDEX_BYTES].decode("utf-8", "ignore")
