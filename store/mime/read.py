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
    header_block = compress(raw[: min(block.body, MAX_HEADER_BYTES)])
    if not whole:
        return Copy(
            uid=uid,
            headers=headers,
            header_block=header_block,
            identity=identity(headers),
            content_hash=header_content_hash(headers),
            size=size,
        )
    body, content, first = _body(raw, block, headers)
    data = raw[block.body :]
    return Copy(
        uid=uid,
        headers=headers,
        header_block=header_block,
        identity=identity(headers),
        content_hash=content,
        body=body,
        body_hash=body_hash(data),
        raw_body=compress(data),
        text_body=compress(body.text.encode("utf-8", "replace")),
        snippet=first,
        index_text=_index_text(body),
        size=size or len(raw),
    )


def _body(raw: bytes, block: Block, headers: Headers) -> tuple[Body, bytes, str]:
    """The body, the hash of its content, and its beginning."""
    try:
        tree = walk(raw, block)
        texts = texts_of(tree)
        body = read_body(tree, texts)
        content = content_hash(headers, tree.leaves, texts)
        return body, content, snippet(body.text, length=MAX_SNIPPET, numbered=body.html)
    except Exception:  # noqa: BLE001 - as above: then the text is what the bytes say, and nothing is attached
        below = decode(raw[block.body : block.body + MAX_TEXT]).text
        body = Body(text=below.replace("\r\n", "\n").replace("\r", "\n"), cut=(Cut.UNDECODABLE,))
        content = body_hash(header_content_hash(headers) + raw[block.body :])
        return body, content, " ".join(body.text[: MAX_SNIPPET * 4].split())[:MAX_SNIPPET]


def _index_text(body: Body) -> str:
    names = "\n".join([part.name for part in body.parts if part.name]) if body.parts else ""
    text = f"{names}\n{body.text}" if names else body.text
    if len(text) * 4 <= MAX_INDEX_BYTES:
        return text
    return text.encode("utf-8", "replace")[:MAX_INDEX_BYTES].decode("utf-8", "ignore")
