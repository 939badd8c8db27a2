"""What the screens ask the desk first: the news, and the first window of the inbox. Asked before Textual is loaded.

Must load nothing of Textual.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from store.model.views import ThreadQuery, View
from tui.widgets.windows import SIZE

INBOX: Final = ThreadQuery(view=View.INBOX)
FIRST: Final[Sequence[tuple[str, Mapping[str, Any]]]] = (
    ("subscribe", {}),
    ("threads", {"query": INBOX, "offset": 0, "limit": SIZE}),
)
