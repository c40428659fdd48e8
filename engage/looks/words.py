"""Every entry of a consultant's log in plain words, for that consultant alone."""

from collections.abc import Mapping
from typing import NamedTuple

from engage.core.errors import N_


class Page(NamedTuple):
    """What a look opened, and what it is for."""

    what: str
    purpose: str


# The verb of each look, as the consultant reads it.
PAGES: Mapping[str, Page] = {
    "name.open": Page(
        N_("Your name and what you offer"), N_("To see whether work fits you")
    ),
    "engagement.open": Page(N_("One of your plans"), N_("To run work you agreed to")),
    "message.open": Page(
        N_("Messages about one of your plans"), N_("To write with you about work")
    ),
    "hours.open": Page(N_("Some of your hours"), N_("To check and approve hours")),
    "expense.open": Page(N_("One of your costs"), N_("To check and pay a cost")),
    "payout.open": Page(N_("One of your payments"), N_("To pay you")),
    "payee_detail.open": Page(
        N_("What you gave for a payment by hand"), N_("To pay you by hand")
    ),
    "consent.open": Page(
        N_("What you allow to be shown"), N_("To use only what you allow")
    ),
    "concern.open": Page(N_("What you raised"), N_("To answer what you raised")),
    "account.open": Page(
        N_("The number of your account at Stripe, for a tax form"),
        N_("To send a tax form"),
    ),
}
ROLES: Mapping[str, str] = {
    "coordinator": N_("Coordinator"),
    "finance": N_("Finance"),
    "administrator": N_("Administrator of this site"),
}

# "opened.<part>.<reason>": a look by two administrators, as an exception.
EXCEPTION = "opened."
PARTS: Mapping[str, str] = {
    "asked": N_("Asked to open your pages as an exception"),
    "agreed": N_("Said yes, as the second person"),
    "names": N_("Your names in organizations"),
    "plans": N_("Your plans"),
    "time": N_("Your hours"),
    "pay": N_("What you are paid"),
}
REASONS: Mapping[str, str] = {
    "danger": N_("Somebody may be in danger"),
    "law": N_("A court or the law orders it"),
    "asked": N_("The person asked for it"),
    "mistake": N_("A mistake in the records has to be found"),
}

# The own log: "<thing>.<deed>".
THINGS: Mapping[str, str] = {
    "account": N_("Account"),
    "alias": N_("Name for an organization"),
    "app_code": N_("App that makes codes"),
    "calendar": N_("Calendar"),
    "code": N_("Printed code"),
    "contact": N_("Mail"),
    "concern": N_("What you raised"),
    "consent": N_("What you allow to be shown"),
    "copy": N_("Copy of everything about you"),
    "engagement": N_("Plan"),
    "expense": N_("Cost"),
    "hours": N_("Hours"),
    "legal": N_("Request by law"),
    "limits": N_("Limits"),
    "material": N_("What you made"),
    "message": N_("Messages"),
    "opening": N_("Exception"),
    "panel": N_("Place in a group"),
    "paper": N_("Printed code"),
    "passkey": N_("Passkey"),
    "password": N_("Password"),
    "payee": N_("How you are paid"),
    "payee_detail": N_("What you gave for a payment by hand"),
    "payout": N_("Payment"),
    "recovery": N_("Opening the account anew"),
    "sign_in": N_("Sign-in"),
}
DEEDS: Mapping[str, str] = {
    "account": N_("set up"),
    "added": N_("added"),
    "agree": N_("agreed"),
    "answer": N_("answered"),
    "any_way": N_("all ways allowed again"),
    "approve": N_("approved"),
    "ask": N_("asked for"),
    "asked": N_("asked for"),
    "back_drop": N_("asked back no more"),
    "back_note": N_("asked back"),
    "block": N_("held"),
    "cancel": N_("cancelled"),
    "cancelled": N_("stopped"),
    "change": N_("changed"),
    "changed": N_("changed"),
    "choose": N_("chosen"),
    "close": N_("closed"),
    "closed": N_("closed"),
    "confirm": N_("confirmed"),
    "end": N_("ended"),
    "ended": N_("ended"),
    "erased": N_("erased"),
    "finish": N_("finished"),
    "finished": N_("finished"),
    "give": N_("given"),
    "give_up": N_("given up"),
    "in_person_only": N_("only in person from now on"),
    "leave": N_("left"),
    "log": N_("sent"),
    "made": N_("made"),
    "mend": N_("mended"),
    "more": N_("more asked for"),
    "new_terms": N_("new terms agreed"),
    "off": N_("turned off"),
    "on": N_("turned on"),
    "open": N_("opened"),
    "opened": N_("opened"),
    "paid": N_("paid"),
    "pass_by": N_("passed by"),
    "pass_on": N_("passed on"),
    "preparation": N_("preparation counted"),
    "printed": N_("printed"),
    "propose": N_("proposed"),
    "publish": N_("published"),
    "rail": N_("chosen"),
    "record": N_("recorded"),
    "removed": N_("taken away"),
    "renewed": N_("renewed"),
    "reopened": N_("opened again"),
    "retry": N_("tried again"),
    "return": N_("sent back"),
    "send": N_("sent"),
    "set": N_("set"),
    "settle": N_("settled"),
    "started": N_("begun"),
    "take_back": N_("taken back"),
    "take_up": N_("taken up"),
    "told": N_("you were told"),
    "took_back": N_("taken back"),
    "use": N_("used"),
    "vouched": N_("vouched for"),
    "void": N_("voided"),
    "void_ask": N_("asked to void"),
    "void_leave": N_("not voided"),
    "withdraw": N_("taken back"),
    "withdrawn": N_("taken back"),
    "write": N_("written"),
}
OTHER = N_("Something else")


class Words(NamedTuple):
    """One entry in words, in English still: `_()` is the page's."""

    what: str
    purpose: str
    is_exception: bool


def of_look(verb: str) -> Words:
    if verb.startswith(EXCEPTION):
        _, part, reason = f"{verb}..".split(".")[:3]
        return Words(PARTS.get(part, OTHER), REASONS.get(reason, OTHER), True)
    page = PAGES.get(verb, Page(OTHER, OTHER))
    return Words(page.what, page.purpose, False)


def of_act(verb: str) -> tuple[str, str]:
    """(what it was about, what was done with it)."""
    parts = verb.split(".")
    return THINGS.get(parts[0], OTHER), DEEDS.get(parts[-1], OTHER)
