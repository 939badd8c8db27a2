"""Textual's own driver for a terminal, but thrifty (`tui/thrift.py`), and careful with pastes (`tui/pasting.py`)."""

import codecs
import os
import select

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from tui.pasting import Pastes
from tui.thrift import Thrift
from tui.writer import Writer

_PIECE = 4096  # bytes
_PATIENCE = 0.1  # seconds, after which an escape that came alone is the key


class ThriftyDriver(LinuxDriver):
    """See the module."""

    _thrift = Thrift()

    def start_application_mode(self) -> None:
        self._thrift = Thrift()  # whoever had the terminal before left it as it is
        super().start_application_mode()  # type: ignore[no-untyped-call]  # as Textual has it
        if self._writer_thread is not None and self._file is not None:
            self._writer_thread.stop()
            self._writer_thread = Writer(self._file)
            self._writer_thread.start()

    def write(self, data: str) -> None:
        super().write(self._thrift.less(data))

    def give_back(self) -> None:
        """The terminal as it was, where a signal cut the application's own end short: else the thread that reads keys
        would keep the process.
        """
        if self._key_thread is not None and self._key_thread.is_alive():
            self.stop_application_mode()
            self.close()

    def run_input_thread(self) -> None:
        """As Textual's, but a byte that is no text ends nothing, and nothing that is pasted is taken for keys."""
        parser, pastes = XTermParser(self._debug), Pastes()
        decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        while not self.exit_event.is_set():
            came, _, _ = select.select([self.fileno], [], [], _PATIENCE)
            data = pastes.safe(decoder.decode(os.read(self.fileno, _PIECE))) if came else ""
            for event in parser.feed(data) if data else ():  # nothing at all would end the parser
                self.process_message(event)
            for event in parser.tick():
                self.process_message(event)
