"""Single values of the firm: its name, its secrets, the generation of scopes (Z6)."""

from store.vault.database import Database

AMBIGUOUS_AS_ALL = "ambiguous_as_all"  # [C3]: a setting of the firm's that every look asks for


class Meta:
    """Name → value."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def text(self, name: str) -> str:
        """A text, "" where there is none."""
        return str(self._db.value("SELECT value FROM meta WHERE name = ?", (name,)) or "")

    def number(self, name: str) -> int:
        """A number, 0 where there is none."""
        return int(self._db.value("SELECT value FROM meta WHERE name = ?", (name,)) or 0)

    def data(self, name: str) -> bytes:
        """Bytes, b"" where there are none."""
        return bytes(self._db.value("SELECT value FROM meta WHERE name = ?", (name,)) or b"")

    def put(self, name: str, value: str | int | bytes) -> None:
        """Keep a value."""
        self._db.run(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
        )

    def generation(self) -> int:
        """Every view is judged by the current one."""
        return self.number("generation")

    def raise_generation(self) -> int:
        """Access, wall, role, membership or privacy changed."""
        raised = self.generation() + 1
        self.put("generation", raised)
        return raised
