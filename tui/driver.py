"""Textual's own driver for a terminal, but thrifty (`tui/thrift.py`). Nothing else is changed."""

from textual.drivers.linux_driver import LinuxDriver

from tui.thrift import Thrift


class ThriftyDriver(LinuxDriver):
    """See the module."""

    _thrift = Thrift()

    def start_application_mode(self) -> None:
        self._thrift = Thrift()  # whoever had the terminal before left it as it is
        super().start_application_mode()  # type: ignore[no-untyped-call]  # as Textual has it

    def write(self, data: str) -> None:
        super().write(self._thrift.less(data))
