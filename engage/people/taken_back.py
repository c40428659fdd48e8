"""What somebody changed to keep others out, written down apart from the database.

A restore would bring back what they took away: an old code, a lost passkey, an address
that another reads. The list says whose, and `records.again` takes it away once more.
"""

from datetime import datetime

from engage.core import apart
from engage.people.models import Person

WAYS = "ways.changed"  # a password, a factor, a code, a try to open it anew
RECOVERED = "account.recovered"
CONTACT = "contact.changed"
PASSKEY = "passkey.removed"
STAFF = "staff.closed"
ROLE = "role.ended"


def note(what: str, person: Person, *, now: datetime) -> None:
    """Within the transaction of the change; noting what is undone does little harm."""
    apart.note(what, person.uid, now=now)


def note_thing(what: str, uid: str, *, now: datetime) -> None:
    """The same of a passkey or a role, which has a uid of its own."""
    apart.note(what, uid, now=now)
