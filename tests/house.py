"""What a machine can check of the house: each function takes source, gives complaints.

The rules are those of the architecture page under docs; exceptions stand here by name,
each with its reason.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
FLOORS = (
    "core", "audit", "notices", "organizations", "people", "ledger", "funding",
    "workload", "panels", "opportunities", "engagements", "offers", "hours", "payouts",
    "consents", "voice", "reports", "looks", "records", "home",
)  # fmt: skip
TOP = {
    "app", "cli", "worker", "launch", "demo", "deploy", "simulate", "settings",
}  # fmt: skip
ROOFS = {"views", "jobs", "webhooks", "pages", "door"}
PURE_CORE = {"money", "errors", "access", "calendar", "no_secrets"}
SHAPES = PURE_CORE | {"forms", "fields", "formats", "clock", "web", "paper"}
NEVER = {"utils", "helpers", "manager", "common"}

# What each kind of file may import of its own and lower features; a form or view names
# models only in its signatures, since it cannot load the select() to read them with.
BELOW = {
    "rules": {"rules"},
    "models": {"rules", "models"},
    "queries": {"rules", "models", "queries"},
    "actions": {"rules", "models", "queries", "actions", "rails"},
    "forms": {"rules", "forms", "models"},
    "rails": {"rules", "models", "rails"},
    "views": {"rules", "forms", "models", "queries", "actions"},
    "webhooks": {"rules", "queries", "actions"},
    "jobs": {"rules", "models", "queries", "actions"},
}
ROOFED = {"views", "jobs", "webhooks"}
# A file of another name was split off by subject: the first kind that fits it.
GUESSES = ("rules", "models", "queries", "actions", "forms", "views")

# Which of the house's libraries a kind of file may load.
LIBRARIES = {"flask", "sqlalchemy", "wtforms", "stripe"}
MAY_LOAD = {
    "models": {"sqlalchemy"},
    "rails": {"sqlalchemy"},
    "queries": {"sqlalchemy"},
    "actions": {"sqlalchemy"},
    "forms": {"flask", "wtforms"},
    "views": {"flask"},
    "webhooks": {"flask"},
}
EXCEPTIONS = {
    # The sign-in of every request: plugged in by app, shown on every page by home.
    ("people/door.py", "flask"),
    # A page lets somebody in or out through the same door, and so does the demo's.
    ("people/views.py", "people.door"),
    ("people/views.py", "people.demo_door"),
    ("people/own.py", "people.door"),
    ("people/doorstep.py", "flask"),
    ("people/again.py", "people.door"),
    ("people/recovery_views.py", "people.door"),
    ("people/again.py", "people.demo_door"),
    ("people/demo_door.py", "people.door"),
    ("people/demo_door.py", "settings"),
    # The cost of a password hash is a setting, cheap in tests.
    ("people/passwords.py", "flask"),
    # Refuses to be used outside demo mode.
    ("payouts/rails/demo.py", "flask"),
    ("records/views.py", "people.door"),
    # One table of what is kept and for how long runs what each room has for it.
    ("records/retention.py", "consents.jobs"),
    ("records/retention.py", "voice.jobs"),
    ("records/retention.py", "engagements.jobs"),
    ("records/retention.py", "hours.jobs"),
    ("records/retention.py", "payouts.jobs"),
    ("records/retention.py", "people.jobs"),
    ("records/retention.py", "workload.jobs"),
    ("home/pages.py", "people.door"),
    # Frames and error pages: they read the request, and answer a database gone away.
    ("home/pages.py", "flask"),
    ("home/away.py", "flask"),
    # A local board's own list is named in the settings.
    ("opportunities/word_lists.py", "flask"),
    # Which rail is open is a setting, and the one with a key is kept on the app.
    ("payouts/rails/table.py", "flask"),
    # Its accounts are rows that rails read, and the models live a floor of files up.
    ("payouts/rails/table.py", "payouts.account_queries"),
    # The one file that speaks with Stripe.
    ("payouts/rails/stripe.py", "stripe"),
}
READS_THE_CLOCK = {
    "core/clock.py": "it is the one reader",
    "core/limits.py": "rate limits are about the machine's own seconds",
}
SAYS_COMMIT = {"core/db.py": "the one commit"}

LONGEST_FILE, LONGEST_TEST, LONGEST_FUNCTION, LONGEST_VIEW = 250, 400, 40, 15

TELLING = (
    "survivor", "victim", "traffick", "exploit", "abuse", "rescue", "shelter",
    "trauma", "assault", "sex", "violence", "police", "coerc", "labor", "human",
)  # fmt: skip


class File(NamedTuple):
    """A source file: its path below engage/, and its parsed text."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return _parsed(self.text)

    @property
    def feature(self) -> str:
        return self.path.partition("/")[0].removesuffix(".py")

    @property
    def name(self) -> str:
        return "rails" if "/rails/" in self.path else Path(self.path).stem


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def house() -> list[File]:
    """Every source file of the program."""
    folder = ROOT / "engage"
    return [
        File(path.relative_to(folder).as_posix(), path.read_text())
        for path in sorted(folder.rglob("*.py"))
    ]


@cache
def imports(tree: ast.AST) -> list[tuple[str, int]]:
    """(dotted name, line) of each import, wherever it stands in the file."""
    found: list[tuple[str, int]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += ((each.name, node.lineno) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            whole = "." * node.level + (node.module or "")
            found += ((f"{whole}.{each.name}", node.lineno) for each in node.names)
    return found


def own_imports(file: File) -> Iterator[tuple[str, str, int]]:
    """(feature, file, line) of each import from the house itself."""
    for dotted, line in imports(file.tree):
        root, _, rest = dotted.partition(".")
        if root == "engage" and rest:
            feature, _, inner = rest.partition(".")
            yield feature, inner.split(".")[0], line


def kinds(files: list[File]) -> dict[str, str]:
    """The kind of each feature file ("workload/minutes" is "rules"), by name or fit."""
    found: dict[str, str] = {}
    unknown = []
    for file in files:
        if file.feature in FLOORS[1:]:
            key = f"{file.feature}/{file.name}"
            if file.name in BELOW or file.name in ROOFS:
                found[key] = file.name
            else:
                unknown.append(file)
    # Files may lean on each other: more looks settle them.
    for _ in range(6):
        for file in unknown:
            key = f"{file.feature}/{file.name}"
            found.setdefault(key, "rules")
            fits = [kind for kind in GUESSES if not misplaced(file, found, kind)]
            found[key] = fits[0] if fits else "actions"
    return found


def misplaced(file: File, kinds: Mapping[str, str], kind: str = "") -> list[str]:
    """Imports that break the table of kinds, the floors, the roofs or the libraries."""
    if file.feature not in FLOORS[1:]:
        return _misplaced_at_an_end(file)
    named = file.name if file.name in BELOW or file.name in ROOFS else "rules"
    kind = kind or kinds.get(f"{file.feature}/{file.name}", named)
    complaints = []
    for feature, inner, line in own_imports(file):
        other = kinds.get(f"{feature}/{inner}", inner)
        why = _why_not(file, kind, feature, inner, other)
        if why and not _excepted(file, feature, f"{feature}.{inner}"):
            complaints.append(f"{file.path}:{line} imports {feature}.{inner}: {why}")
    for library, line in libraries(file):
        allowed = library in MAY_LOAD.get(kind, ())
        if not allowed and not _excepted(file, library):
            complaints.append(f"{file.path}:{line} loads {library}: kept out of {kind}")
    return complaints


def _why_not(file: File, kind: str, feature: str, inner: str, other: str) -> str:
    if feature not in FLOORS:
        return "" if kind in ROOFS - ROOFED and feature in TOP else "it is the roof"
    if feature == "core":
        return _why_not_core(kind, inner)
    if other in ROOFS:
        return "a roof is plugged in by app and worker alone"
    above = FLOORS.index(feature) > FLOORS.index(file.feature)
    if above and not (kind in ROOFS and other == "queries"):
        return "it is on a floor above"
    if kind in BELOW and other not in BELOW[kind]:
        return f"{kind} may not use {other}"
    if kind == "views" and other == "forms" and feature != file.feature:
        return "a view uses its own forms"
    return ""


def _why_not_core(kind: str, inner: str) -> str:
    allowed = {"rules": PURE_CORE, "forms": SHAPES}.get(kind)
    if allowed is not None and inner not in allowed:
        return f"{kind} may use only {', '.join(sorted(allowed))} of core"
    if inner in {"web", "forms", "fields"} and kind not in {*ROOFS, "forms"}:
        return "it is about requests"
    return ""


def _misplaced_at_an_end(file: File) -> list[str]:
    if file.feature != "core":
        return []
    return [
        f"{file.path}:{line} imports {feature}.{inner}: core knows no feature"
        for feature, inner, line in own_imports(file)
        if feature != "core"
    ]


def libraries(file: File) -> Iterator[tuple[str, int]]:
    """Which of the house's libraries the file loads; flask_login counts as flask."""
    for dotted, line in imports(file.tree):
        root = dotted.partition(".")[0].partition("_")[0]
        if root in LIBRARIES:
            yield root, line


def _excepted(file: File, *names: str) -> bool:
    return any((file.path, name) in EXCEPTIONS for name in names)


def commits(file: File) -> list[str]:
    """Commit, rollback, row locks and Model.query outside the file that has them."""
    if file.path in SAYS_COMMIT:
        return []
    return [
        f"{file.path}:{node.lineno} says {node.attr}"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Attribute) and _is_for_db(node)
    ] + [
        f"{file.path}:{node.value.lineno} says with_for_update"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.keyword) and node.arg == "with_for_update"
    ]


def _is_for_db(node: ast.Attribute) -> bool:
    if node.attr == "query":
        owner = node.value
        name = getattr(owner, "id", getattr(owner, "attr", ""))
        return name == "session" or name[:1].isupper()
    return node.attr in {"commit", "rollback", "with_for_update"}


def clock_reads(file: File) -> list[str]:
    """Reading the clock outside core/clock.py."""
    if file.path in READS_THE_CLOCK:
        return []
    names = {"now": "datetime", "utcnow": "datetime", "today": "date", "time": "time"}
    return [
        f"{file.path}:{node.lineno} reads the clock"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and names.get(node.attr) == node.value.id
    ]


def names(file: File) -> list[str]:
    """Folders and files whose names say nothing; a package file with anything in it."""
    parts = {part.removesuffix(".py") for part in file.path.split("/")}
    found = [f"{file.path} is called {name}" for name in sorted(parts & NEVER)]
    if file.path.endswith("/__init__.py") and file.text.strip():
        found.append(f"{file.path} is not empty")
    return found


def sizes(file: File, longest: int = LONGEST_FILE) -> list[str]:
    """A file, a function or a view that is too long."""
    lines = file.text.count("\n")
    found = [f"{file.path} has {lines} lines"] if lines > longest else []
    for node in ast.walk(file.tree):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            most = LONGEST_VIEW if _is_view(node) else LONGEST_FUNCTION
            if length > most:
                found.append(f"{file.path}:{node.lineno} {node.name}: {length} lines")
    return found


def _is_view(node: ast.FunctionDef) -> bool:
    return any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr == "route"
        for each in node.decorator_list
    )


def telling(rule: str) -> list[str]:
    """Words in an address that would say to a bystander what the page is about."""
    return [f"{rule} says {word}" for word in TELLING if word in rule.lower()]


Checker = Callable[[File], list[str]]
