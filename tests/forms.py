"""Forms as a browser reads them from a page."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException

from tests.pages import Spot
from tests.visits import visits

TYPED = {
    "text", "textarea", "date", "datetime-local", "time", "password", "email", "number",
}  # fmt: skip
TOKENS = {"csrf_token", "once"}
Attributes = dict[str, str]


@dataclass
class Field:
    """One named control; `options` are the values a list, button or box can send."""

    name: str
    kind: str
    value: str = ""
    options: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)

    @property
    def is_typed(self) -> bool:
        return self.kind in TYPED


@dataclass
class Form:
    """A form with method post: where it is sent, and its fields by name."""

    action: str
    fields: dict[str, Field] = field(default_factory=dict)

    def values(self) -> dict[str, list[str]]:
        """What a browser would send if nobody touched the form, tokens left out."""
        return {
            each.name: each.chosen if each.options else [each.value]
            for each in self.fields.values()
            if each.name not in TOKENS and (each.chosen or not each.options)
        }

    def typed(self) -> dict[str, str]:
        return {each.name: each.value for each in self.fields.values() if each.is_typed}


class _Reader(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.text: Field | None = None
        self.list: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = given.get("action") or self.path
            self.form = Form(action) if given.get("method") == "post" else None
            self.forms += [self.form] if self.form else []
        elif self.form is not None and "disabled" not in given:
            if "formaction" in given:
                self._other_place(given["formaction"])
            self._control(tag, given)

    def _other_place(self, action: str) -> None:
        """A button that sends the same fields somewhere else."""
        assert self.form is not None
        self.forms.append(Form(action, self.form.fields))

    def _control(self, tag: str, given: Attributes) -> None:
        if tag == "option" and self.list:
            value = given.get("value", "")
            self.list.options.append(value)
            if "selected" in given:
                self.list.chosen.append(value)
        elif "name" in given and tag in {"input", "textarea", "select", "button"}:
            self._named(tag, given)

    def _named(self, tag: str, given: Attributes) -> None:
        name, kind = given["name"], given.get("type", "text")
        if tag != "input":
            kind = tag
        assert self.form is not None
        found = self.form.fields.setdefault(name, Field(name, kind))
        if kind in {"checkbox", "radio", "button"}:
            value = given.get("value", "on")
            found.options.append(value)
            pressed = kind == "button" and not found.chosen
            found.chosen += [value] if "checked" in given or pressed else []
        else:
            found.value = given.get("value", "")
        self.text = found if tag == "textarea" else None
        self.list = found if tag == "select" else None

    def handle_data(self, data: str) -> None:
        if self.text:
            self.text.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.text:
            # The first line break of a text box belongs to the page and not to it.
            self.text.value = self.text.value.removeprefix("\r\n").removeprefix("\n")
            self.text = None
        elif tag == "select" and self.list:
            shown = self.list.options[:1] if not self.list.chosen else []
            self.list.chosen += shown
            self.list = None
        elif tag == "form":
            self.form = None


def read(html: str, path: str) -> list[Form]:
    """The forms of a page that change something."""
    reader = _Reader(path)
    reader.feed(html)
    return reader.forms


@dataclass(frozen=True)
class Sending:
    """A form, where it is sent, and who has it on which page."""

    endpoint: str
    spot: Spot
    form: Form


def endpoint_of(app: Flask, path: str) -> str:
    try:
        found, _ = app.url_map.bind("localhost").match(urlsplit(path).path, "POST")
    except HTTPException:
        return ""
    return str(found)


def sendings(app: Flask) -> dict[str, Sending]:
    """Every kind of form on any page, by the endpoint it leads to and its fields."""
    found: dict[str, Sending] = {}
    for visit in visits(app):
        for form in read(visit.text if visit.is_page else "", visit.spot.path):
            endpoint = endpoint_of(app, form.action)
            names = sorted(re.sub(r"\d+", "", name) for name in form.fields)
            key = f"{endpoint} {' '.join(dict.fromkeys(names))}"
            found.setdefault(key, Sending(endpoint, visit.spot, form))
    return found
