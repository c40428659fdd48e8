from flask_babel import lazy_gettext as _l

from engage.core.fields import NumberField, line, tick, zone_field
from engage.core.forms import BaseForm
from engage.organizations.rules import LEAST_VOICES, MOST_PROMISE_DAYS


class OrganizationForm(BaseForm):
    name = line(_l("Name"), 120)
    zone = zone_field(_l("Time zone"))
    pay_promise_days = NumberField(
        _l("Pay within this many business days"), least=1, most=MOST_PROMISE_DAYS
    )
    minimum_voices = NumberField(
        _l("Survivor voices each panel asks for"), least=LEAST_VOICES, most=30
    )
    is_payer = tick(_l("It pays people: funding lines and payment runs are its own"))


class InstallationForm(BaseForm):
    help_name = line(_l("Help person"), 120)
    help_contact = line(_l("How to reach them"), 200)
    support_line = line(_l("Support line"), 200)
