from datetime import datetime, timedelta
from enum import StrEnum

from engage.core.errors import N_


class MailState(StrEnum):
    """What became of the neutral mail of a notice; the notice itself stays inside."""

    NONE = "none"
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"


UNSENT = timedelta(hours=72)
NEXT_TRY = timedelta(minutes=5)
SENDING_LASTS = timedelta(minutes=10)
KEPT = timedelta(days=30)
MAIL_KEPT = timedelta(hours=24)


def is_too_old(created_at: datetime, now: datetime) -> bool:
    """Is it too late to say outside that there is an update?"""
    return now - created_at >= UNSENT


# Each kind of notice: its sentence inside Engage. Outside goes "You have an update."
SENTENCES = {
    "offer": N_("There is a new request for you to look at."),
    "reminder": N_("A request still waits. You never have to answer."),
    "terms_reminder": N_("A question about your plan still waits for your answer."),
    "new_terms": N_("Something on your plan has changed. Please look at it."),
    "more_time": N_("You are asked for more time. Look at it when it suits you."),
    "settled": N_("A second person joined. Your yes now stands."),
    "agreed": N_("Somebody said yes. It is agreed."),
    "left": N_("Somebody left a group. Their place is open again."),
    "alone": N_("You are now the only survivor voice in a group. You may leave too."),
    "flag": N_("A group needs your look: its survivor voices changed."),
    "hours_waiting": N_("Hours wait for your look."),
    "costs_waiting": N_("Costs wait for your look."),
    "hours_more": N_("Somebody asks for more time than was agreed."),
    "hours_returned": N_("Some hours came back. Please check one thing."),
    "hours_approved": N_("Your hours were approved."),
    "costs_returned": N_("A cost came back. Please check one thing."),
    "costs_approved": N_("Your costs were approved."),
    "payment_setup": N_("Something changed in how you are paid. Have a look."),
    "bank_back": N_("Your bank sent a payment back. The money is safe. Have a look."),
    "money_back": N_("There is a question about a payment to you. Please look."),
    "payment_back": N_("A payment to you went back. Have a look at your record."),
    "by_hand": N_("A payment to you is made by hand. They may need something."),
    "payee_details": N_("A payee gave what is needed for a payment by hand."),
    "paid": N_("A payment was sent to you."),
    "tax_form": N_("Your pay may bring a tax form this year. Your record explains it."),
    "cancelled": N_("Something on your plan was cancelled. Your pay for it is safe."),
    "batch": N_("A payment run waits for a second person."),
    "message": N_("There is a new message for you."),
    "message_in": N_("There is a new message about agreed work."),
    "permission": N_("You are asked about something. You never have to answer."),
    "permission_given": N_("Something you asked for was given. Have a look."),
    "permission_noted": N_("It was written down that you took something back."),
    "permission_over": N_("Something you allowed is over. Have a look."),
    "version": N_("Something made with you waits for your look."),
    "approved": N_("A version you made has a yes."),
    "take_down": N_("Something may no longer be shown. Please look now."),
    "take_down_waits": N_("Something still waits to be taken down."),
    "concern": N_("Something was sent to you alone. Please look."),
    "concern_moved": N_("There is news about what you raised."),
    "opened": N_("Your pages were opened as an exception. Read who and why."),
    "opening": N_("Another administrator needs your yes or no."),
    "asked_about": N_("Somebody asked for information about you. Please look."),
    "handed": N_("A colleague handed panels or posts to you."),
    "handed_on": N_("What you handed over is with your colleague."),
    "unled": N_("Nobody looks after some panels or posts. They come to all of you."),
    "recovery": N_("Somebody asks to open your account anew. You can stop it now."),
    "recovered": N_("Your account was opened anew. Payments wait for seven days."),
    "reopened": N_("Your account was opened again. Was it you? If not, close it."),
    "new_place": N_("A new place for your payments was chosen. Was it you?"),
    "factors": N_("How you sign in was changed. If that was not you, look now."),
    "payout_problem": N_("A payment needs a person to look at it."),
}
OUTSIDE = N_("You have an update.")
