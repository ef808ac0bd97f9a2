"""Times and amounts as people read them: "10:05", "14 October", "21.7 KB", "4 s"."""

from __future__ import annotations

from datetime import date, datetime

# Our own words: the windows speak English whatever the locale.
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def moment(at_ms: int) -> datetime:
    """Unix milliseconds as local time; a time that no calendar holds counts as the epoch."""
    try:
        return datetime.fromtimestamp(at_ms / 1000)
    except (OverflowError, OSError, ValueError):
        return datetime.fromtimestamp(0)


def hour(at_ms: int) -> str:
    return moment(at_ms).strftime("%H:%M")


def day(at_ms: int, today: date) -> str:
    """ "3 October", with the year when it is not this one."""
    when = moment(at_ms)
    year = "" if when.year == today.year else f" {when.year}"
    return f"{when.day} {MONTHS[when.month - 1]}{year}"


def amount(count_bytes: int) -> str:
    """Bytes in the unit that leaves one to three digits before the point."""
    if count_bytes < 1000:
        return f"{count_bytes} B"
    units = iter(("KB", "MB", "GB", "TB"))
    size, unit = count_bytes / 1000, next(units)
    while size >= 999.95 and unit != "TB":
        size, unit = size / 1000, next(units)
    return f"{size:.1f} {unit}"


def weekday(when: date, today: date) -> str:
    """ "Tuesday 14 October", with the year when it is not this one."""
    year = "" if when.year == today.year else f" {when.year}"
    return f"{DAYS[when.weekday()]} {when.day} {MONTHS[when.month - 1]}{year}"
