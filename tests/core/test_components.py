"""The macros alone: labels that fit, pictures that speak, nothing the CSP refuses."""

import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader
from wtforms import (
    BooleanField,
    DateField,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
LONE = {"meta", "link", "input", "br", "hr", "img", "rect", "path", "circle"}


class Room(Form):
    what = StringField("What", [DataRequired("Please write it.")])
    minutes = IntegerField("Minutes", [Optional()])
    day = DateField("Day", [Optional()])
    more = TextAreaField("More", [Optional()])
    kind = SelectField("Kind", choices=["A", "B"])
    story = RadioField("Story", choices=["None", "Welcome"])
    langs = SelectMultipleField(
        "Languages",
        choices=["English", "Spanish"],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    count = BooleanField("Count me")


class Page(HTMLParser):
    """What a browser would find: every tag with its attributes, and the nesting."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in LONE:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.tags if tag in names]


@pytest.fixture(scope="module")
def jinja() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    environment.tests["hidden_sum"] = lambda field: False
    environment.filters.update(
        money=lambda cents: f"${cents / 100:,.2f}",
        sums=str,
        hours=lambda minutes: f"{minutes} min",
    )
    environment.globals.update(
        g=SimpleNamespace(hid_amounts=False),
        csrf_token=lambda: "csrf",
        once_token=lambda: "once",
        csp_nonce=lambda: "nonce",
        url_for=lambda name, **kw: "/" + name + "/" + kw.get("filename", ""),
        get_flashed_messages=lambda **kw: [("message", "Kept.")],
    )
    return environment


def draw(jinja: Environment, file: str, macro: str, *given: Any, **named: Any) -> str:
    module: Any = jinja.get_template(f"components/{file}.html").module
    return str(getattr(module, macro)(*given, **named))


WEEKS = [(f"Week {n}", n * 60, 480 if n % 2 else None) for n in range(1, 9)]
SEATS = [
    {"label": "Chair", "kind": "professional", "state": "held"},
    {"label": "Member", "kind": "survivor", "state": "held"},
    {"label": "Member", "kind": "survivor", "state": "awaiting"},
    {"label": "Reviewer", "kind": "survivor", "state": "open"},
    {"label": "Earlier", "kind": "survivor", "state": "ended"},
]
PICTURES: list[tuple[str, tuple[Any, ...], list[str]]] = [
    ("week", (180, 330, 480), ["180 min", "330 min", "480 min"]),
    ("week", (0, 0, None), ["0 min"]),
    ("week", (600, 900, 0), ["900 min"]),
    ("weeks", (WEEKS,), ["Week 8", "480 min", "no limit"]),
    ("weeks", ([],), []),
    ("seats", (SEATS,), ["2 of 4 seats are held", "waiting for a yes"]),
    ("seats", ([],), ["0 of 0"]),
    (
        "budget",
        ([("Paid", 120000), ("Held", 5000)], 400000),
        ["$1,200.00", "$2,750.00"],
    ),
    ("budget", ([("Paid", 500)], 400), ["$-1.00"]),
    ("budget", ([], 0), ["$0.00"]),
    ("progress", (3, 12, "3 of 12 sent"), ["3 of 12 sent"]),
    ("progress", (0, 0, "Nothing to send"), ["Nothing to send"]),
    ("days", ([("North", 6, 10), ("South", 12, 10)],), ["North", "12", "10"]),
    ("days", ([],), []),
]


@pytest.mark.parametrize(("name", "given", "words"), PICTURES)
def test_a_picture_says_what_it_shows(
    jinja: Environment, name: str, given: tuple[Any, ...], words: list[str]
) -> None:
    html = draw(jinja, "pictures", name, *given)
    page = Page(html)
    spoken = [svg for svg in page.all("svg") if svg.get("aria-hidden") != "true"]
    assert len(spoken) == 1
    assert spoken[0]["role"] == "img"
    assert spoken[0]["aria-label"]
    assert len(page.all("title")) == len(page.all("desc")) == 1
    beside = re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)
    for word in words:
        assert word in beside


@pytest.mark.parametrize(("name", "given", "words"), PICTURES)
def test_no_bar_leaves_its_picture(
    jinja: Environment, name: str, given: tuple[Any, ...], words: list[str]
) -> None:
    for bar in Page(draw(jinja, "pictures", name, *given)).all("rect"):
        right = float(bar.get("x") or 0) + float(bar["width"] or 0)
        assert float(bar["width"] or 0) >= 0
        assert right <= 320.2


def test_for_attendees_the_kind_of_a_seat_changes_no_byte(jinja: Environment) -> None:
    other = [{**seat, "kind": "professional"} for seat in SEATS]
    shown = draw(jinja, "pictures", "seats", SEATS, attendee=True)
    assert shown == draw(jinja, "pictures", "seats", other, attendee=True)
    assert "survivor" not in shown
    assert "survivor" in draw(jinja, "pictures", "seats", SEATS)


def test_each_field_has_its_label_and_its_notes(jinja: Environment) -> None:
    form = Room()
    assert not form.validate()
    html = "".join(draw(jinja, "forms", "field", f, hint="A hint.") for f in form)
    page = Page(html)
    ids = [attrs["id"] for _, attrs in page.tags if attrs.get("id")]
    assert len(ids) == len(set(ids))
    controls = {each["id"] for each in page.all("input", "select", "textarea")}
    assert controls == {each["for"] for each in page.all("label")}
    for _, attrs in page.tags:
        for named in (attrs.get("aria-describedby") or "").split():
            assert named in ids
    assert len(page.all("legend")) == len(page.all("fieldset")) == 2


def test_a_field_keeps_its_value_and_says_what_is_wrong(jinja: Environment) -> None:
    form = Room(data={"more": "<b>kept</b>"})
    assert not form.validate()
    assert "&lt;b&gt;kept&lt;/b&gt;" in draw(jinja, "forms", "field", form.more)
    html = draw(jinja, "forms", "field", form.what)
    control = Page(html).all("input")[0]
    assert control["aria-invalid"] == control["aria-required"] == "true"
    assert "required" not in control
    assert "Please write it." in html


def test_optional_is_said_in_words_and_required_is_not(jinja: Environment) -> None:
    form = Room()
    assert "(optional)" in draw(jinja, "forms", "field", form.more)
    assert "(optional)" not in draw(jinja, "forms", "field", form.what)
    assert "(optional)" not in draw(jinja, "forms", "field", form.kind)
    assert "(optional)" in draw(jinja, "forms", "field", form.kind, optional=True)


def test_the_kind_of_a_parsed_field_is_its_own(jinja: Environment) -> None:
    form = Room()
    form.what.input_type = "date"  # type: ignore[attr-defined]
    html = draw(jinja, "forms", "field", form.what, class_="short", maxlength=9)
    control = Page(html).all("input")[0]
    assert control["type"] == "date"
    assert control["maxlength"] == "9"
    assert control["autocomplete"] == "off"
    assert "short" in (control["class"] or "").split()


def test_the_summary_leads_to_each_field_and_says_a_thing_once(
    jinja: Environment,
) -> None:
    form = Room()
    assert not form.validate()
    form.form_errors.append("The week is full.")
    form.problems = list(form.form_errors)  # type: ignore[attr-defined]
    html = draw(jinja, "forms", "errors", form)
    links = [each["href"] for each in Page(html).all("a")]
    assert "#what" in links
    assert "#story-0" in links
    assert html.count("The week is full.") == 1
    assert 'role="alert"' in html
    assert draw(jinja, "forms", "errors", SimpleNamespace(errors={})).strip() == ""
    assert draw(jinja, "forms", "errors", None).strip() == ""


def test_a_press_is_a_form_with_both_tokens(jinja: Environment) -> None:
    html = draw(
        jinja, "forms", "press", "/x", "Approve", "usa-button--outline",
        name="way", value=0, description="hours of A", values={"row": "7"},
    )  # fmt: skip
    page = Page(html)
    assert page.all("form")[0]["method"] == "post"
    sent = {each["name"]: each["value"] for each in page.all("input")}
    assert sent == {"csrf_token": "csrf", "once": "once", "row": "7"}
    button = page.all("button")[0]
    assert button["class"] == "usa-button usa-button--outline"
    assert (button["name"], button["value"]) == ("way", "0")
    assert "hours of A" in html


@pytest.mark.parametrize(("checked", "sent"), [(True, ""), (False, "1")])
def test_a_switch_sends_the_other_state(
    jinja: Environment, checked: bool, sent: str
) -> None:
    button = Page(draw(jinja, "forms", "check", "/x", "Count me", checked)).all(
        "button"
    )
    assert button[0]["aria-pressed"] == str(checked).lower()
    assert button[0]["value"] == sent


def test_layout_pieces_escape_and_nest(jinja: Environment) -> None:
    page = SimpleNamespace(
        number=2, has_next=True, has_previous=True, url=lambda n: f"/x?page={n}"
    )
    rows = [["<i>A</i>", "1"], ["B", "2"]]
    html = (
        draw(
            jinja, "layout", "empty", "No offers yet", "They show here.", "/l", "Limits"
        )
        + draw(jinja, "layout", "tag", "paid", "done")
        + draw(jinja, "layout", "pages", page)
        + draw(jinja, "layout", "facts", [("Pay", "$1"), ("Left out", None)])
        + draw(jinja, "layout", "card_lines", [("Place", "Online")])
        + draw(jinja, "layout", "table", "Rows", ["Who", ""], rows, numbers=[1])
    )
    seen = Page(html)
    assert "<i>" not in html
    assert "Left out" not in html
    assert [a["href"] for a in seen.all("a")] == ["/l", "/x?page=1", "/x?page=3"]
    assert [th["scope"] for th in seen.all("th")] == ["col", "col", "row", "row"]


@pytest.mark.parametrize(
    "code", [400, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503]
)
def test_an_error_page_has_one_heading_and_one_way_on(
    jinja: Environment, code: int
) -> None:
    html = jinja.get_template(f"errors/{code}.html").render(site_title="Workroom")
    page = Page(html)
    assert html.count("<h1>") == 1
    assert "<h1></h1>" not in html
    main = html[html.index("<main") : html.index("</main>")]
    assert main.count("href=") == 1
    assert "!" not in re.sub(r"<[^>]*>", "", main)
    assert {each["nonce"] for each in page.all("script")} == {"nonce"}


def test_leaving_is_the_first_link_after_the_skip_link(jinja: Environment) -> None:
    html = jinja.get_template("base.html").render(
        site_title="Workroom",
        demo=True,
        navigation=[("Offers", "/o", True)],
        language_links=[
            ("English", "en", "/en", False),
            ("Español", "es", "/es", True),
        ],
        help_line={"name": "A", "contact": "B", "support": "C"},
        signed_in=True,
        neutral_site="https://neutral.example/",
    )
    page = Page(html)
    links = page.all("a")
    assert links[0]["href"] == "#main"
    assert links[1]["href"] == "/people.leave/"
    assert links[1]["data-neutral"] == "https://neutral.example/"
    assert page.all("html")[0]["lang"] == "es"
    assert html.count("<title>Workroom</title>") == 1


# Read from a disk, where no style sheet of this site is.
ALONE = {"copy_file.html"}
SERVED = [path for path in TEMPLATES.glob("**/*.html") if path.name not in ALONE]


@pytest.mark.parametrize("path", sorted(SERVED), ids=lambda p: p.name)
def test_no_template_carries_style_or_script_of_its_own(path: Path) -> None:
    text = path.read_text()
    html = re.sub(r"{%.*?%}|{#.*?#}", "", text, flags=re.DOTALL)
    assert not re.search(r"\sstyle\s*=\s*[\"']|<style|javascript:|\son\w+=[\"']", html)
    for script in re.findall(r"<script[^>]*>.*?</script>", text, re.DOTALL):
        assert "csp_nonce()" in script
        assert re.search(r">\s*</script>", script)


def test_styles_and_scripts_call_nobody_outside() -> None:
    own = [*(ROOT / "static").glob("js/*.js"), *(ROOT / "static").glob("**/*.css")]
    assert len(own) >= 5
    for path in own:
        text = path.read_text()
        assert not re.search(
            r"https?://(?!www\.w3\.org)|innerHTML|eval\(|data:image", text
        )
        if path.suffix == ".css":
            for address in re.findall(r"url\(\"?([^)\"]+)\"?\)", text):
                assert (path.parent / address).is_file(), address
