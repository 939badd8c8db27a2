"""Names of days and months, and the lines mail programs write above a quoted mail, in both languages. No other text."""

from datetime import datetime

MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio",
        "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    ),
}  # fmt: skip
WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
QUARTERS = {
    "en": ("first quarter", "second quarter", "third quarter", "fourth quarter"),
    "es": ("primer trimestre", "segundo trimestre", "tercer trimestre", "cuarto trimestre"),
}
_FORWARDED = {"en": "---------- Forwarded message ---------", "es": "---------- Mensaje reenviado ---------"}
_LABELS = {
    "en": ("From", "Date", "Sent", "To", "Subject"),
    "es": ("De", "Fecha", "Enviado el", "Para", "Asunto"),
}


def attribution(*, name: str, address: str, date: datetime, language: str) -> str:
    """The line above a quote, as webmail and most programs write it."""
    day, month = WEEKDAYS[language][date.weekday()][:3], MONTHS[language][date.month - 1][:3]
    if language == "es":
        return f"El {day}, {date.day} {month} {date.year} a las {date:%H:%M}, {name} (<{address}>) escribió:"
    return f"On {day}, {date.day} {month} {date.year} at {date:%H:%M}, {name} <{address}> wrote:"


def heading(*, name: str, address: str, date: datetime, to: str, subject: str, language: str, forward: bool) -> str:
    """The block above a forwarded mail, or above a quote as office programs write it."""
    who, when, sent, whom, about = _LABELS[language]
    first = _FORWARDED[language] if forward else "________________________________"
    lines = (
        f"{who}: {name} <{address}>",
        f"{when if forward else sent}: {_long(date, language)}",
        f"{whom}: {to}",
        f"{about}: {subject}",
    )
    return "\n".join((first, *lines))


def _long(date: datetime, language: str) -> str:
    weekday, month = WEEKDAYS[language][date.weekday()], MONTHS[language][date.month - 1]
    if language == "es":
        return f"{weekday}, {date.day} de {month} de {date.year} {date:%H:%M}"
    return f"{weekday}, {date.day} {month} {date.year} {date:%H:%M}"
