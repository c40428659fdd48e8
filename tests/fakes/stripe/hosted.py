"""The page a payee would see at Stripe: says what it is, and has three ways on."""

from html import escape
from urllib.parse import parse_qs

from tests.fakes.stripe import accounts
from tests.fakes.stripe.hooks import Hooks
from tests.fakes.stripe.store import Refusal, Store

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Stand-in</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body { font: 1.1rem/1.5 sans-serif; margin: 2rem auto; max-width: 36rem;
padding: 0 1rem } button { font: inherit; padding: .6rem 1rem }</style>
<h1>A stand-in for Stripe's own page</h1>
<p>Stripe would ask here for a name, a birth date, a tax number and a bank account.
This page asks for nothing, and no money moves.</p>
<form method="post">
<p><button name="outcome" value="finish">Finish: everything is in order</button></p>
<p><button name="outcome" value="leave">Leave early</button></p>
<p><button name="outcome" value="restrict">Stripe asks for more details</button></p>
</form></html>"""


def serve(
    store: Store, hooks: Hooks, method: str, path: str, raw: bytes
) -> tuple[int, str, str, dict[str, str]]:
    token = path.removeprefix("/_onboarding/")
    try:
        link = store.links[token] if method == "POST" else None
        if link is None:
            link, may_open = accounts.open_link(store, token)
            use = link["use"]["account_onboarding"]
            if not may_open:
                return 303, "text/plain", "", {"Location": use["refresh_url"]}
            return 200, "text/html; charset=utf-8", PAGE, {}
    except (KeyError, Refusal):
        return 404, "text/plain", "No such page.", {}
    outcome = parse_qs(raw.decode()).get("outcome", ["leave"])[0]
    event = accounts.finish(store, link["account"], outcome)
    if event is not None:
        hooks.tell(event, {"id": link["account"]})
    use = link["use"]["account_onboarding"]
    back = use.get("return_url", use["refresh_url"])
    return 303, "text/plain", escape(back), {"Location": back}
