"""What goes to the terminal: at once where all before it is out and the terminal takes more, else by a thread, as
Textual does it always. A key is answered a thread's turn sooner so. Must not wait for a terminal that takes nothing.
"""

import os
import select
from io import TextIOWrapper
from typing import Final

from textual.drivers._writer_thread import WriterThread

LITTLE: Final = 2048  # letters: a frame of a key; what is longer is the thread's


class Writer(WriterThread):
    """See the module."""

    def __init__(self, file: TextIOWrapper) -> None:
        super().__init__(file)
        self._encoding = file.encoding
        self._takes = select.poll()
        self._takes.register(file.fileno(), select.POLLOUT)

    def write(self, text: str) -> None:
        if not self._at_once(text):
            self._queue.put(text)

    def _at_once(self, text: str) -> bool:
        idle = not self._queue.unfinished_tasks  # the thread has written and flushed all that it was given
        if not idle or len(text) > LITTLE or [event for _, event in self._takes.poll(0)] != [select.POLLOUT]:
            return False
        left = text.encode(self._encoding, "replace")
        try:
            while left:
                left = left[os.write(self._file.fileno(), left) :]
        except OSError:  # the terminal is gone: whoever reads from it says so
            pass
        return True

    def run(self) -> None:
        """As Textual's, and says when it has written."""
        ended = False
        while not ended:
            text = self._queue.get()
            ended = text is None
            if text is not None:
                self._file.write(text)
            if ended or not self._queue.qsize():
                self._file.flush()
            self._queue.task_done()
