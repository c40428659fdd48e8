from datetime import time
from typing import Any

from flask_babel import format_time
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from wtforms import BooleanField, EmailField, HiddenField, PasswordField
from wtforms.validators import DataRequired, Email, Length, Optional

from engage.core.fields import Choice, DayField, OneOf, SomeOf, line, tick, zone_field
from engage.core.forms import BaseForm
from engage.people import rules
from engage.people.contact_rules import Wish
from engage.people.rules import SafeContact

# The first days that calendars in use begin with; Monday is 0.
WEEK_STARTS = (
    ("6", _l("Sunday")),
    ("0", _l("Monday")),
    ("5", _l("Saturday")),
)
LANGUAGES = (("en", "English"), ("es", "Español"))


def hour_words(hour: int) -> str:
    return str(format_time(time(hour), "short", rebase=False))


def secret(label: Any) -> PasswordField:
    """A password as typed: nothing stripped, never shown again."""
    return PasswordField(
        label,
        [
            DataRequired(_l("Please fill this in.")),
            Length(max=400, message=_l("This is too long.")),
        ],
    )


class SignInForm(BaseForm):
    name = line(_l("Sign-in name"), rules.MOST_NAME)
    password = secret(_l("Password"))
    code = line(_l("Printed code, or code from your app"), 60, required=False)
    is_shared = tick(_l("Other people use this device too"))


class SecondForm(BaseForm):
    """The factor after the password: a code, or what a passkey answered."""

    code = line(_l("Printed code, or code from your app"), 60)
    key = HiddenField()


class AgainForm(BaseForm):
    """Who is here, asked again; its names begin as those that are never kept."""

    again_password = PasswordField(_l("Password"))
    again_code = line(_l("Or a code from your app"), 40, required=False)
    again_key = HiddenField()
    again_demo = BooleanField()


class AppForm(BaseForm):
    code = line(_l("Code from your app"), 20)


class KeyForm(BaseForm):
    """What a device answered when it was asked for a passkey."""

    key = HiddenField()


class CodeForm(BaseForm):
    code = line(_l("Printed code"), 60)


class HelpForm(BaseForm):
    """What somebody has who lost everything else."""

    name = line(_l("Sign-in name"), rules.MOST_NAME)
    code = line(_l("Spare code, or code from your helper or from staff"), 120)


class AnewForm(BaseForm):
    password = secret(_l("New password"))


class NamedForm(BaseForm):
    name = line(_l("Their sign-in name"), rules.MOST_NAME)


class StartForm(BaseForm):
    """An account from a printed code; staff also say the name others see."""

    name = line(_l("Sign-in name"), rules.MOST_NAME)
    password = secret(_l("Password"))
    staff_name = line(_l("Your name, as others see it"), 80, required=False)
    is_adult = tick(_l("I am 18 or older"))
    language = OneOf(_l("Language"), choices=LANGUAGES, default="en")
    zone = zone_field(_l("Time zone"))
    week_start = Choice(_l("First day of your week"), choices=WEEK_STARTS)


class AccountForm(BaseForm):
    language = OneOf(_l("Language"), choices=LANGUAGES)
    zone = zone_field(_l("Time zone"))
    week_start = Choice(_l("First day of your week"), choices=WEEK_STARTS)
    leaves_no_trail = tick(_l("Leave no trail of pages in this tab"))
    counts_by_default = tick(_l("Count me as a survivor voice unless I say otherwise"))


class PasswordForm(BaseForm):
    present = secret(_l("Password you use now"))
    password = secret(_l("New password"))


def address_field(label: Any) -> EmailField:
    return EmailField(
        label,
        [
            Optional(),
            Length(max=200, message=_l("This is too long.")),
            Email(_l("Write an address such as name@example.org.")),
        ],
        filters=[lambda typed: (typed or "").strip()],
    )


def hour_field(label: Any) -> Choice:
    """An hour of the day as the reader writes it, or none."""
    said = [(hour, LazyString(hour_words, hour)) for hour in range(24)]
    return Choice(label, choices=[("", _l("At any time")), *said])


class ContactForm(BaseForm):
    contact = OneOf(
        _l("How may we tell you that there is an update?"),
        choices=(
            (SafeContact.NONE.value, _l("Not at all. I look in here.")),
            (SafeContact.EMAIL.value, _l("By e-mail")),
            (SafeContact.ADVOCATE.value, _l("Through my advocate, by e-mail")),
        ),
    )
    email = address_field(_l("Your e-mail address"))
    advocate = line(_l("What you call your advocate"), 60, required=False)
    advocate_email = address_field(_l("Your advocate’s e-mail address"))
    from_hour = hour_field(_l("Mail may come from"))
    until_hour = hour_field(_l("until"))

    def wish(self) -> Wish:
        """What was chosen; the address that goes with it."""
        chosen = SafeContact(self.contact.data)
        is_theirs = chosen == SafeContact.ADVOCATE
        return Wish(
            chosen,
            (self.advocate_email if is_theirs else self.email).data or "",
            self.advocate.data or "",
            *(int(each) if each else None for each in self._hours()),
        )

    def _hours(self) -> tuple[str, str]:
        return self.from_hour.data or "", self.until_hour.data or ""


class NameForm(BaseForm):
    """A consultant's name for one organization, and what it reads beside it."""

    name = line(_l("Your name for this organization"), 40)
    topics = SomeOf(
        _l("Topics you offer"),
        choices=[(key, _l(words)) for key, words in rules.TOPICS.items()],
    )
    languages = SomeOf(
        _l("Languages you offer"),
        choices=[(key, _l(words)) for key, words in rules.LANGUAGES.items()],
    )
    is_open = tick(_l("This organization may find me in its list and ask me by name"))


class TrainingForm(BaseForm):
    title = line(_l("Training"), 120)
    ends_on = DayField(_l("Valid until"))


class StaffCodeForm(BaseForm):
    """The organizations to choose from are filled in by the view."""

    role = Choice(
        _l("Role"),
        choices=(
            ("coordinator", _l("Coordinator")),
            ("finance", _l("Finance")),
            ("administrator", _l("Administrator of this site")),
        ),
    )
    organization_id = Choice(_l("Organization"), coerce=int, choices=[])
