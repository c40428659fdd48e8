"""Passkeys by Chromium's own virtual device, and the warning before a sign-in ends."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests import make
from tests.browsing import note_complaint, note_foreign
from tests.filled import browser_of
from tests.people import accounts
from tests.people.accounts import PASSWORD
from tests.site import serve

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]
NAME = "paper-boat-lamp"
FIELD = "Your name for this organization"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Site:
    """The program at a host that may have passkeys, and a browser with a device."""

    def __init__(self, app: Flask, url: str, chromium: Any) -> None:
        # A passkey is bound to a name; an address of numbers has none.
        self.app, self.url = app, url.replace("127.0.0.1", "localhost")
        self.chromium, self.wrong = chromium, []  # type: Any, list[str]
        self.page = self.window()
        self.device = self.page.context.new_cdp_session(self.page)
        self.device.send("WebAuthn.enable")
        made = self.device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        self.number = made["authenticatorId"]

    def window(self, *, script: bool = True) -> Any:
        context = self.chromium.new_context(
            base_url=self.url, locale="en-US", java_script_enabled=script
        )
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("request", lambda asked: note_foreign(asked.url, self.url, self.wrong))
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("console", lambda line: note_complaint(line, self.wrong))
        return page

    def sign_in(self, person_id: int) -> None:
        cookie = browser_of(self.app, person_id).get_cookie("id")
        assert cookie is not None
        self.page.context.add_cookies(
            [{"name": "id", "value": cookie.value, "url": self.url}]
        )

    def keys(self) -> list[dict[str, Any]]:
        asked = {"authenticatorId": self.number}
        return list(self.device.send("WebAuthn.getCredentials", asked)["credentials"])

    def add_key(self) -> None:
        self.page.goto("/account/ways/keys")
        press(self.page, "Add a passkey")
        self.page.get_by_text("Your passkey is there.").wait_for()


@pytest.fixture
def person_id(fresh_app: Flask) -> int:
    with fresh_app.app_context():
        make.organization("Harbor County")
        return accounts.consultant(NAME).id


@pytest.fixture
def site(fresh_app: Flask, chromium: Any) -> Iterator[Site]:
    with serve(fresh_app) as url:
        made = Site(fresh_app, url, chromium)
        yield made
        made.page.context.close()
    assert made.wrong == []


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_a_passkey_is_added_and_signs_in_alone_or_after_the_password(
    site: Site, person_id: int
) -> None:
    page = site.page
    site.sign_in(person_id)
    site.add_key()
    (key,) = site.keys()
    assert (key["isResidentCredential"], key["rpId"]) == (True, "localhost")
    page.get_by_text("It is on one device alone.").wait_for()
    press(page, "Sign out")

    page.goto("/in?next=/account/ways")
    press(page, "Sign in with a passkey")
    page.wait_for_url("**/account/ways")
    page.get_by_text("Last used").wait_for()
    press(page, "Sign out")

    page.get_by_label("Sign-in name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")
    press(page, "Use a passkey")
    page.wait_for_url(f"{site.url}/")


def test_a_device_that_does_not_verify_gets_nobody_in(
    site: Site, person_id: int
) -> None:
    page = site.page
    site.sign_in(person_id)
    site.add_key()
    press(page, "Sign out")
    asked = {"authenticatorId": site.number, "isUserVerified": False}
    site.device.send("WebAuthn.setUserVerified", asked)

    press(page, "Sign in with a passkey")

    page.get_by_text("Your device did not give a passkey.").wait_for()
    page.goto("/account")
    assert "/in?next" in page.url


def test_without_script_everything_else_is_there(site: Site, person_id: int) -> None:
    page = site.window(script=False)
    page.goto("/in")
    assert page.get_by_text("A passkey needs JavaScript.").is_visible()
    assert not page.get_by_role("button", name="Sign in with a passkey").is_visible()
    page.get_by_label("Sign-in name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")
    page.wait_for_url(f"{site.url}/")
    page.context.close()


def test_a_press_stays_and_text_comes_back_after_the_end(
    site: Site, person_id: int
) -> None:
    """The page's clock runs ahead; what it is told of the server's is played."""
    page, left = site.page, {"left": 100}
    site.sign_in(person_id)
    page.clock.install()
    page.route("**/account/left", lambda route: route.fulfill(json=left))
    page.goto("/account/names")
    # The clock may only run ahead once the new page's own script has looked at it.
    with page.expect_navigation():
        page.locator("main a[href*='/account/names/']").first.click()
    address, box = page.url, page.locator("[data-idle]")
    assert not box.is_visible()

    page.clock.fast_forward(13.5 * 60 * 1000)
    box.wait_for()
    press(page, "Stay signed in")
    box.wait_for(state="hidden")

    page.get_by_label(FIELD).fill("Lantern 777")
    page.clock.fast_forward(13.5 * 60 * 1000)
    box.wait_for()
    left["left"] = 2  # of which the page waits one by itself
    page.clock.fast_forward(90 * 1000)
    page.wait_for_url("**kept=**")
    assert page.url.startswith(address)
    assert page.get_by_label(FIELD).input_value() == "Lantern 777"
