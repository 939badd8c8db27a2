"""What special folders are for where the server does not say it: by the names that providers give them."""

import pytest

from providers.imap.folders import with_uses
from providers.protocols import ListedFolder

USES = ("sent", "trash", "junk", "drafts", "archive")


def named(name: str) -> ListedFolder:
    return ListedFolder(name=name, raw=name.encode(), delimiter="/", special_use="", selectable=True, status=None)


@pytest.mark.parametrize(
    "names",
    [
        ("Sent Items", "Deleted Items", "Junk Email", "Drafts", "Archive"),  # Microsoft
        ("Elementos enviados", "Elementos eliminados", "Correo no deseado", "Borradores", "Archivo"),
        ("Elements enviats", "Elements suprimits", "Correu brossa", "Esborranys", "Arxiu"),
        ("Gesendete Elemente", "Gelöschte Elemente", "Junk-E-Mail", "Entwürfe", "Archiv"),
        ("Éléments envoyés", "Éléments supprimés", "Courrier indésirable", "Brouillons", "Archive"),
        ("Posta inviata", "Posta eliminata", "Posta indesiderata", "Bozze", "Archivio"),
        ("Itens Enviados", "Itens Excluídos", "Lixo Eletrônico", "Rascunhos", "Arquivo"),
        ("Verzonden items", "Verwijderde items", "Ongewenste e-mail", "Concepten", "Archief"),
        ("Sent Messages", "Deleted Messages", "Junk", "Drafts", "Archive"),  # iCloud
    ],
)
def test_the_folders_of_microsoft_and_icloud_are_known_in_their_users_languages(names: tuple[str, ...]) -> None:
    found = {folder.name: folder.special_use for folder in with_uses([named("INBOX"), *map(named, names)])}
    assert {name: found[name] for name in names} == dict(zip(names, USES, strict=True))
