"""The demo firm: a year of made-up mail of two members and ten clients, always ending at the moment it is loaded.

`load` is the one door. Everything written stands in `data/`, as TOML to be read and corrected by people;
nothing here may open a socket, ask the clock, or hold a word of anybody's real mail.
"""

from providers.rehearsal.firm.load import load
from providers.rehearsal.firm.records import (
    DemoAnswer,
    DemoArrival,
    DemoClient,
    DemoContact,
    DemoCopy,
    DemoMail,
    DemoMember,
    DemoNote,
    Firm,
    Writers,
)

__all__ = [
    "DemoAnswer",
    "DemoArrival",
    "DemoClient",
    "DemoContact",
    "DemoCopy",
    "DemoMail",
    "DemoMember",
    "DemoNote",
    "Firm",
    "Writers",
    "load",
]
