"""How a command ends when it does not end well. The texts are constants of ours, never what a client sent."""


class Bad(Exception):
    """The command is no command: answered BAD."""


class TooLong(Bad):
    """A line without end; its rest is still to come."""

    def __init__(self, head: bytes) -> None:
        super().__init__("Too long argument")
        self.head = head


class No(Exception):
    """The command was understood and refused: answered NO."""


class Gone(Exception):
    """The connection is over."""
