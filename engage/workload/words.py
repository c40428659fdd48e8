from datetime import time

from babel.dates import format_time, get_day_names
from flask_babel import get_locale, gettext

from engage.workload.availability import WHOLE_DAY


def weekdays(first: int) -> list[tuple[int, str]]:
    """(number, name) of each weekday in the reader's language, from `first` on."""
    names = get_day_names("wide", locale=get_locale())
    order = [(first + step) % 7 for step in range(7)]
    return [(day, names[day][:1].upper() + names[day][1:]) for day in order]


def wall(minute: int) -> str:
    """A minute of the day as a clock shows it: 9:00 AM, and midnight at its end."""
    if minute == WHOLE_DAY:
        return str(gettext("midnight"))
    clock = time(*divmod(minute, 60))
    return str(format_time(clock, "short", locale=get_locale()))
