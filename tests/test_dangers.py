"""The dangerous ways are not taken; each check is shown to catch a planted fault."""

import re

import pytest

from tests import dangers, house
from tests.dangers import Checker
from tests.house import File

FILES = house.house()
SCRIPTS = sorted((house.ROOT / "static" / "js").glob("*.js"))
TEMPLATES = sorted((house.ROOT / "templates").rglob("*.html"))
PAGE = house.ROOT / "docs" / "security" / "cryptography.md"

# Names of our own tables and settings; never a word from outside.
OWN_SQL = {
    "deploy/database_checks.py": "SHOW takes no values; the names stand beside it",
    "core/append_only.py": "a trigger names its own table",
}
# Rows of the word lists, which the operator keeps.
OWN_PATTERNS = {
    "opportunities/wording.py": "patterns of the word lists, on texts of bounded size",
}
SAFE = {
    "components/layout.html": "the word class, written there",
    "organizations/index.html": "a frame that is written there, filled by a filter",
    "people/known.html": "a frame that is written there, filled by a filter",
    "people/names.html": "a frame that is written there, filled by a filter",
    "people/app.html": "a drawing of squares made by our own code",
}


def every(check: Checker) -> list[str]:
    return [complaint for file in FILES for complaint in check(file)]


def own_sql(file: File) -> list[str]:
    return dangers.builds_sql(file, OWN_SQL)


def own_patterns(file: File) -> list[str]:
    return dangers.makes_patterns(file, OWN_PATTERNS)


def test_nothing_runs_or_unpacks_a_text() -> None:
    assert every(dangers.runs_text) == []


def test_no_command_goes_through_a_shell() -> None:
    assert every(dangers.shells) == []


def test_few_files_leave_the_process() -> None:
    assert every(dangers.reaches) == []


def test_no_sql_is_put_together() -> None:
    assert every(own_sql) == []


def test_no_text_from_elsewhere_is_a_format() -> None:
    assert every(dangers.formats_text) == []


def test_no_pattern_is_put_together() -> None:
    assert every(own_patterns) == []


def test_no_weak_hash_cipher_or_dice() -> None:
    assert every(dangers.weak) == []


def test_no_secret_is_compared_sign_by_sign() -> None:
    assert every(dangers.compares) == []


def test_no_view_opens_a_file() -> None:
    assert every(dangers.files_by_name) == []


def test_every_use_of_cryptography_is_on_its_page() -> None:
    named = set(re.findall(r"`engage/([\w/]+\.py)`", PAGE.read_text()))
    assert dangers.cryptography(FILES) == named


def test_scripts_of_pages_run_no_text_and_keep_nothing() -> None:
    assert len(SCRIPTS) >= 5
    found = [
        complaint
        for path in SCRIPTS
        for complaint in dangers.unsafe_script(path.name, path.read_text())
    ]
    assert found == []


def test_templates_escape_everything() -> None:
    root = house.ROOT / "templates"
    found = [
        complaint
        for path in TEMPLATES
        for complaint in dangers.unsafe_template(
            path.relative_to(root).as_posix(), path.read_text(), SAFE
        )
    ]
    assert found == []


def test_every_exception_is_still_needed() -> None:
    by_path = {file.path: file for file in FILES}
    for path in OWN_SQL:
        assert dangers.builds_sql(by_path[path], {})
    for path in OWN_PATTERNS:
        assert dangers.makes_patterns(by_path[path], {})
    for path in SAFE:
        text = (house.ROOT / "templates" / path).read_text()
        assert dangers.unsafe_template(path, text, {})


PLANTED: list[tuple[Checker, str, str]] = [
    (dangers.runs_text, "hours/actions.py", "eval(text)\n"),
    (dangers.runs_text, "hours/actions.py", "import pickle\n"),
    (dangers.runs_text, "hours/actions.py", "from marshal import loads\n"),
    (dangers.runs_text, "hours/views.py", "render_template_string(words)\n"),
    (dangers.runs_text, "hours/views.py", "env.from_string(words)\n"),
    (dangers.runs_text, "hours/views.py", "form.populate_obj(row)\n"),
    (dangers.runs_text, "hours/jobs.py", "import_module(name)\n"),
    (dangers.shells, "launch.py", "subprocess.run(words, shell=True)\n"),
    (dangers.shells, "launch.py", "Popen(f'rm {name}')\n"),
    (dangers.reaches, "hours/actions.py", "import requests\n"),
    (dangers.reaches, "hours/actions.py", "from urllib.request import urlopen\n"),
    (dangers.reaches, "hours/jobs.py", "import subprocess\n"),
    (own_sql, "hours/queries.py", "sa.text(f'SELECT {name}')\n"),
    (own_sql, "hours/queries.py", "sa.text('SELECT ' + name)\n"),
    (own_sql, "hours/queries.py", "sa.text('SELECT {}'.format(name))\n"),
    (dangers.formats_text, "hours/actions.py", "words.format(person)\n"),
    (own_patterns, "hours/queries.py", "re.search(f'{name}x', text)\n"),
    (own_patterns, "hours/queries.py", "re.compile('a' + name)\n"),
    (dangers.weak, "hours/actions.py", "hashlib.md5(x)\n"),
    (dangers.weak, "core/crypto.py", "modes.ECB()\n"),
    (dangers.weak, "people/codes.py", "import random\n"),
    (dangers.weak, "people/codes.py", "from uuid import uuid4\n"),
    (dangers.compares, "people/codes.py", "row.token == token\n"),
    (dangers.files_by_name, "hours/views.py", "Path(name)\n"),
    (dangers.files_by_name, "hours/line_views.py", "send_file(name)\n"),
]


@pytest.mark.parametrize(("check", "path", "text"), PLANTED)
def test_a_planted_danger_is_caught(check: Checker, path: str, text: str) -> None:
    assert check(File(path, text))


FINE: list[tuple[Checker, str]] = [
    (dangers.runs_text, "re.compile('a')\nimport_module('engage.core')\n"),
    (dangers.shells, "subprocess.run(['ls', name])\n"),
    (own_sql, "sa.text('SELECT :name')\nsa.text(WHERE)\n"),
    (dangers.formats_text, "'{}'.format(name)\n"),
    (own_patterns, "re.compile(re.escape(name) + 'a')\nre.sub('a', f'{x}', text)\n"),
    (dangers.weak, "from random import SystemRandom\nhashlib.sha256(x)\n"),
    (dangers.compares, "row.status == status\ncompare_digest(token, other)\n"),
]


@pytest.mark.parametrize(("check", "text"), FINE)
def test_what_is_safe_passes(check: Checker, text: str) -> None:
    assert check(File("hours/actions.py", text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "box.innerHTML = words;",
        "document.write(words);",
        "localStorage.setItem('a', b);",
        "setTimeout('go()', 1);",
        "document.forms.main.submit();",
        "Object.assign({}, JSON.parse(words));",
    ],
)
def test_a_planted_script_is_caught(text: str) -> None:
    assert dangers.unsafe_script("a.js", text)


@pytest.mark.parametrize(
    "text",
    [
        "{% autoescape false %}{{ words }}{% endautoescape %}",
        "{{ words | safe }}",
        "<script>const a = {{ words }};</script>",
        "<a href={{ words }}>x</a>",
    ],
)
def test_a_planted_template_is_caught(text: str) -> None:
    assert dangers.unsafe_template("a.html", text, {})
