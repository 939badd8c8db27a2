"""What LIST tells: names, delimiters, and what each folder is for (RFC 6154, else names known in many languages)."""

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from providers.errors import Garbled
from providers.imap.responses import Untagged, status_numbers
from providers.protocols import FolderStatus, ListedFolder

MAX_NAME: Final = 2000
_LISTED: Final = re.compile(
    rb'\(([^()]*)\) (?:"(\\?[^\r\n])"|NIL) (?:"((?:[^"\\]|\\.)*)"|\{\d+\}|([^\s"(){]+))\s*',
    re.IGNORECASE | re.DOTALL,
)
_STATUS: Final = re.compile(rb'(?:"((?:[^"\\]|\\.)*)"|\{\d+\}|([^\s"(){]+))', re.DOTALL)
_FLAG_USE: Final = {
    "\\sent": "sent",
    "\\drafts": "drafts",
    "\\junk": "junk",
    "\\trash": "trash",
    "\\archive": "archive",
    "\\all": "all",
    "\\flagged": "flagged",
    "\\important": "important",
}
_NAMES: Final = {
    "sent": "sent|sent items|sent mail|sent messages|enviados|correo enviado|elementos enviados|mensajes enviados|"
    "gesendet|gesendete elemente|gesendete objekte|éléments envoyés|messages envoyés|envoyés|posta inviata|inviata|"
    "inviati|itens enviados|enviadas|mensagens enviadas|verzonden|verzonden items|skickat|skickade|sendt|"
    "sendte elementer|lähetetyt|wysłane|elementy wysłane|odeslaná pošta|odoslané|elküldött elemek|trimise|"
    "отправленные|надіслані|απεσταλμένα|gönderilmiş öğeler|gönderilenler|已发送|已发送邮件|寄件備份|送信済み|"
    "送信済みアイテム|보낸편지함|enviats|elements enviats|bidalitakoak",
    "drafts": "drafts|draft|borradores|borrador|entwürfe|entwurf|brouillons|brouillon|bozze|rascunhos|concepten|"
    "utkast|kladder|luonnokset|szkice|kopie robocze|koncepty|piszkozatok|ciorne|черновики|чернетки|πρόχειρα|"
    "taslaklar|草稿|草稿箱|下書き|임시보관함|esborranys|zirriborroak",
    "junk": "junk|junk e-mail|junk email|junk mail|spam|bulk mail|correo no deseado|no deseado|correo basura|"
    "junk-e-mail|spamverdacht|courrier indésirable|indésirables|pourriel|posta indesiderata|"
    "lixo eletrônico|lixo eletrónico|"
    "ongewenste e-mail|ongewenste reclame|skräppost|søppelpost|uønsket post|uønsket mail|roskaposti|"
    "wiadomości-śmieci|nevyžádaná pošta|levélszemét|mesaje nesolicitate|нежелательная почта|спам|"
    "ανεπιθύμητα|gereksiz e-posta|垃圾邮件|垃圾郵件|迷惑メール|스팸메일함|correu brossa",
    "trash": "trash|deleted items|deleted messages|deleted|bin|wastebasket|papelera|papelera de reciclaje|"
    "elementos eliminados|eliminados|mensajes eliminados|papierkorb|gelöschte elemente|gelöschte objekte|gelöscht|"
    "corbeille|éléments supprimés|messages supprimés|cestino|posta eliminata|eliminati|lixo|lixeira|itens excluídos|"
    "itens eliminados|prullenbak|verwijderde items|papperskorgen|borttaget|papirkurv|slettede elementer|"
    "slettet post|roskakori|poistetut|kosz|elementy usunięte|koš|odstraněná pošta|kôš|kuka|törölt elemek|"
    "coș de gunoi|удаленные|корзина|кошик|διαγραμμένα|çöp kutusu|silinmiş öğeler|已删除|已删除邮件|刪除的郵件|"
    "ごみ箱|削除済みアイテム|휴지통|paperera|elements suprimits|zakarrontzia",
    "archive": "archive|archives|archived|archivo|archivados|archivo de correo|archiv|archivio|arquivo|arquivados|"
    "archief|arkiv|arkisto|archiwum|archív|archívum|arhivă|архив|архів|αρχείο|arşiv|存档|归档|封存|アーカイブ|보관함|"
    "arxiu|artxiboa",
}
_USE_OF_NAME: Final = {name: use for use, names in _NAMES.items() for name in names.split("|")}


def listed(
    response: Untagged, decode: Callable[[bytes], str], statuses: Mapping[bytes, FolderStatus] = MappingProxyType({})
) -> ListedFolder:
    """One LIST response. A name that can never be sent back (Z8) is shown but cannot be opened."""
    first = response.parts[0]
    found = _LISTED.match(first.text)
    if not found:
        raise Garbled("parse")
    raw = _name(found, first.literal)
    if len(raw) > MAX_NAME:
        raise Garbled("limit")
    flags = {flag.lower() for flag in found[1].decode("ascii", "replace").split()}
    delimiter = found[2][-1:].decode("ascii", "replace") if found[2] else None
    is_inbox = raw.upper() == b"INBOX"
    use = "inbox" if is_inbox else next((_FLAG_USE[flag] for flag in sorted(flags) if flag in _FLAG_USE), "")
    closed = bool(flags & {"\\noselect", "\\nonexistent"}) or re.search(rb"[\r\n\0]", raw) is not None
    name = "INBOX" if is_inbox else decode(raw)
    return ListedFolder(
        name=name,
        raw=raw,
        delimiter=delimiter,
        special_use=use,
        selectable=not closed,
        status=statuses.get(b"INBOX" if is_inbox else raw),
    )


def status_of(response: Untagged) -> tuple[bytes, FolderStatus]:
    """One STATUS response: the folder's name as sent, INBOX in capitals, and what it says."""
    first = response.parts[0]
    found = _STATUS.match(first.text)
    if not found:
        raise Garbled("parse")
    raw = first.literal if first.literal is not None else _unquoted(found[1]) if found[1] is not None else found[2]
    if raw is None:
        raise Garbled("parse")
    return (b"INBOX" if raw.upper() == b"INBOX" else raw), status_in(response)


def status_in(response: Untagged) -> FolderStatus:
    told = status_numbers(response)
    return FolderStatus(
        uidvalidity=told.get("UIDVALIDITY", 0),
        uidnext=told.get("UIDNEXT", 0),
        messages=told.get("MESSAGES", 0),
        highestmodseq=told.get("HIGHESTMODSEQ", 0),
    )


def _name(found: re.Match[bytes], literal: bytes | None) -> bytes:
    if literal is not None:
        return literal
    if found[3] is not None:
        return _unquoted(found[3])
    if found[4] is None:
        raise Garbled("parse")
    return found[4]


def _unquoted(text: bytes) -> bytes:
    return re.sub(rb"\\(.)", rb"\1", text, flags=re.DOTALL)


def with_uses(folders: Iterable[ListedFolder]) -> list[ListedFolder]:
    """INBOX first, then by name; where no folder is flagged for a use, the well-known name nearest the top gets it."""
    ordered = sorted(folders, key=lambda folder: (folder.special_use != "inbox", folder.name))
    missing = {*_NAMES} - {folder.special_use for folder in ordered}
    chosen: dict[str, ListedFolder] = {}
    for folder in ordered:
        use = _guessed(folder)
        if use in missing and (use not in chosen or _depth(folder) < _depth(chosen[use])):
            chosen[use] = folder
    uses = {folder.raw: use for use, folder in chosen.items()}
    return [_as(folder, uses[folder.raw]) if folder.raw in uses else folder for folder in ordered]


def _guessed(folder: ListedFolder) -> str:
    """Only at the top, or right under INBOX or a provider's own top such as `[Gmail]`."""
    levels = folder.name.split(folder.delimiter) if folder.delimiter else [folder.name]
    parent = levels[-2].casefold() if len(levels) > 1 else ""
    if folder.special_use or folder.shared or not folder.selectable:
        return ""
    near = len(levels) == 1 or (len(levels) == 2 and (parent == "inbox" or parent.startswith("[")))
    return _USE_OF_NAME.get(levels[-1].strip().casefold(), "") if near else ""


def _depth(folder: ListedFolder) -> int:
    return folder.name.count(folder.delimiter) if folder.delimiter else 0


def _as(folder: ListedFolder, use: str) -> ListedFolder:
    return msgspec.structs.replace(folder, special_use=use)
