"""Times as a person reads them: the clock today, the day this year, the date before; in the caller's time zone."""

from datetime import datetime

from tui.i18n import N_, _

MONTHS = (
    N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"),
    N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec"),
)  # fmt: skip
DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


def _moment(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds).astimezone()
    except (OverflowError, ValueError, OSError):
        return None


def brief(seconds: float | None, *, now: float) -> str:
    """At most eight cells or so: 09:41 · 23 Nov · 2024-03-02."""
    moment, today = None if seconds is None else _moment(seconds), _moment(now)
    if moment is None or today is None:
        return ""
    if moment.date() == today.date():
        return f"{moment:%H:%M}"
    if moment.year == today.year:
        return f"{moment.day} {_(MONTHS[moment.month - 1])}"
    return f"{moment:%Y-%m-%d}"


def full(seconds: float | None) -> str:
    """Day, date and minute."""
    moment = None if seconds is None else _moment(seconds)
    if moment is None:
        return ""
    return f"{_(DAYS[moment.weekday()])} {moment.day} {_(MONTHS[moment.month - 1])} {moment.year}, {moment:%H:%M}"
