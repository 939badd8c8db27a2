"""Calendar invitations of the demo (iCalendar, RFC 5545), and answers to them. Nothing is read here, only written."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta


def event(
    *,
    uid: str,
    method: str,
    summary: str,
    location: str,
    written: datetime,
    starts: datetime,
    minutes: int,
    organizer: tuple[str, str],
    attendees: Sequence[tuple[str, str]],
) -> str:
    """One event as a VCALENDAR; people are (name, address)."""
    state = "ACCEPTED" if method == "REPLY" else "NEEDS-ACTION"
    people = [f'ATTENDEE;CN="{name}";PARTSTAT={state};RSVP=TRUE:mailto:{address}' for name, address in attendees]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Rivas & Holt//Agenda//EN",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{_utc(written)}",
        f"DTSTART:{_utc(starts)}",
        f"DTEND:{_utc(starts + timedelta(minutes=minutes))}",
        f"SUMMARY:{_escaped(summary)}",
        f"LOCATION:{_escaped(location)}",
        f'ORGANIZER;CN="{organizer[0]}":mailto:{organizer[1]}',
        *people,
        "SEQUENCE:0",
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "\n".join(map(_folded, lines)) + "\n"


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> str:
    # RFC 5545 3.1 counts 75 octets; 60 characters stay below that in both our languages.
    return "\n ".join(line[start : start + 60] for start in range(0, len(line), 60))
