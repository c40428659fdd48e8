"""What no source file may do: each function takes source, gives complaints.

An exception stands here by name, with its reason.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping

from tests.house import File, imports

# Run what was typed, or read what somebody else packed.
CALLED = {
    "eval", "exec", "compile", "__import__", "system", "popen", "from_string",
    "render_template_string", "format_map", "mktemp", "populate_obj", "Markup",
}  # fmt: skip
LOADED = {
    "pickle", "marshal", "shelve", "dill", "yaml", "xml", "lxml", "ctypes", "cffi",
    "jsonpickle", "telnetlib", "ftplib", "pty", "code", "imp",
}  # fmt: skip
# Whoever reaches out of the process, by the one file that may.
REACHES = {
    "subprocess": {
        "launch.py": "the demo starts its own web and worker",
        "core/paper.py": "our own program sets a letter; words go in as data",
        "records/dumping.py": "PostgreSQL's own programs make and read a copy",
    },
    "socket": {"launch.py": "is the port of the demo free?"},
    "http": {"launch.py": "does the demo answer?"},
    "smtplib": {"core/mailer.py": "the one file that mails"},
    "ssl": {"core/mailer.py": "checks the mail server's certificate"},
    "requests": {"payouts/rails/stripe_way.py": "the way to Stripe follows nobody"},
    "stripe": {"payouts/rails/stripe.py": "the one file that speaks with Stripe"},
    "urllib.request": {},
    "httpx": {},
    "aiohttp": {},
    "webbrowser": {},
}
# Every use of cryptography; the page names each.
CRYPTOGRAPHY = {
    "cryptography", "argon2", "pyotp", "webauthn", "hashlib", "hmac", "secrets",
    "itsdangerous", "zxcvbn",
}  # fmt: skip
# Dice that need not be secret.
DICE = {
    "demo": "invented people",
    "simulate": "invented people",
    "payouts/recording.py": "how long to wait before asking again",
}
WEAK = {"md5", "sha1", "ECB", "CBC", "OFB", "CFB", "ARC4", "TripleDES", "PKCS1v15"}
UNSAFE_SCRIPT = (
    "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
    "new Function", "createContextualFragment", "srcdoc", "localStorage", "indexedDB",
    "document.cookie", "__proto__", "postMessage", "import(",
    "createPolicy", "javascript:",
)  # fmt: skip
_NAMED = re.compile(r"\bdocument\.(forms|all|images|anchors)\b")
_MERGE = re.compile(r"Object\.assign\(\s*\{")
_STRING_TIMER = re.compile(r"set(Timeout|Interval)\(\s*[\"'`]")


def _called(file: File) -> Iterator[tuple[str, ast.Call]]:
    """(last part of the name, call) of each call."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            yield str(name), node


def runs_text(file: File) -> list[str]:
    """Running or unpacking text, templates made of it, a module by a made-up name."""
    found = [
        f"{file.path}:{node.lineno} calls {name}"
        for name, node in _called(file)
        if name in CALLED and not _is_harmless(name, node)
    ]
    found += [
        f"{file.path}:{line} loads {name}"
        for name, line in imports(file.tree)
        if name.partition(".")[0] in LOADED and not name.startswith("xml.sax.saxutils")
    ]
    return found + [
        f"{file.path}:{node.lineno} loads a module by a name that is put together"
        for name, node in _called(file)
        if name == "import_module" and not _is_plain(node.args[0])
    ]


def _is_harmless(name: str, node: ast.Call) -> bool:
    """`compile` of a pattern, a statement or a letter, and markup that we wrote."""
    if name == "Markup":
        return all(_is_plain(each) for each in node.args)
    return name == "compile" and isinstance(node.func, ast.Attribute)


def _is_plain(node: ast.expr) -> bool:
    """Is it written out in the source, every part of it?"""
    if isinstance(node, ast.BinOp):
        return _is_plain(node.left) and _is_plain(node.right)
    if isinstance(node, ast.Name):
        return node.id.strip("_").isupper()
    return isinstance(node, ast.Constant)


def shells(file: File) -> list[str]:
    """A shell, or a command that is one text."""
    found = []
    for name, node in _called(file):
        given = {each.arg: each.value for each in node.keywords}
        is_run = name in {"run", "Popen", "call", "check_call", "check_output"}
        if "shell" in given:
            found.append(f"{file.path}:{node.lineno} asks for a shell")
        elif is_run and node.args and isinstance(node.args[0], ast.JoinedStr):
            found.append(f"{file.path}:{node.lineno} runs a command that is one text")
    return found


def reaches(file: File) -> list[str]:
    """Leaving the process from a file that has no reason to."""
    found = []
    for dotted, line in imports(file.tree):
        name = next((each for each in REACHES if _is_of(dotted, each)), "")
        if name and file.path not in REACHES[name]:
            found.append(f"{file.path}:{line} loads {name}")
    return found


def _is_of(dotted: str, name: str) -> bool:
    return dotted == name or dotted.startswith(f"{name}.")


def builds_sql(file: File, allowed: Mapping[str, str]) -> list[str]:
    """SQL that is not written out: a value could get into it."""
    texts = {"sa.text", "db.text", "DDL", "sa.DDL", "sa.literal_column"}
    return [
        f"{file.path}:{node.lineno} puts SQL together"
        for name, node in _called(file)
        if name == "exec_driver_sql" or ast.unparse(node.func) in texts
        if node.args and not _is_plain(node.args[0])
        if isinstance(node.args[0], ast.JoinedStr | ast.BinOp | ast.Call)
        if file.path not in allowed
    ]


def formats_text(file: File) -> list[str]:
    """`.format` of anything but a text that is written out."""
    return [
        f"{file.path}:{node.lineno} formats a text that came from elsewhere"
        for name, node in _called(file)
        if name == "format" and isinstance(node.func, ast.Attribute)
        if not _is_plain(node.func.value) and not _is_our_markup(node.func.value)
    ]


def _is_our_markup(node: ast.expr) -> bool:
    """`Markup("...")`, whose own `format` escapes what is put into it."""
    return isinstance(node, ast.Call) and _is_harmless(_name(node.func), node)


def makes_patterns(file: File, allowed: Mapping[str, str]) -> list[str]:
    """A pattern put together without `re.escape`."""
    verbs = {"compile", "match", "search", "fullmatch", "sub", "findall", "finditer"}
    return [
        f"{file.path}:{node.lineno} puts a pattern together"
        for name, node in _called(file)
        if name in verbs
        and getattr(getattr(node.func, "value", None), "id", "") == "re"
        if isinstance(node.args[0], ast.JoinedStr | ast.BinOp | ast.Call)
        if "escape" not in ast.dump(node.args[0]) and file.path not in allowed
        if not _is_plain(node.args[0])
    ]


def weak(file: File) -> list[str]:
    """Old hashes and ciphers; dice where a secret could come from them."""
    found = [
        f"{file.path}:{node.lineno} names {node.attr}"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Attribute) and node.attr in WEAK
    ]
    rolls = {"random", "random.Random", "random.choice", "random.random"}
    named = any(file.path.startswith(each) for each in DICE)
    return found + [
        f"{file.path}:{line} rolls dice that can be foretold"
        for name, line in imports(file.tree)
        if not named and (name in rolls or name.startswith("uuid.uuid"))
    ]


def compares(file: File) -> list[str]:
    """Secrets compared sign by sign, so that time tells how far they fit."""
    secret = re.compile(r"(^|_)(token|secret|signature|code|digest|mac)$")
    return [
        f"{file.path}:{node.lineno} compares a secret with =="
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq)
        if secret.search(_name(node.left)) and secret.search(_name(node.comparators[0]))
    ]


def _name(node: ast.expr) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))


def cryptography(files: list[File]) -> set[str]:
    """Every file that uses some."""
    return {
        file.path
        for file in files
        for name, _ in imports(file.tree)
        if name.partition(".")[0] in CRYPTOGRAPHY
    }


def unsafe_script(path: str, text: str) -> list[str]:
    """Ways in which a script of a page could run what somebody typed."""
    code = re.sub(r"(?m)^\s*//.*$", "", text)
    found = [f"{path} says {each}" for each in UNSAFE_SCRIPT if each in code]
    found += [f"{path} reads {each}" for each in _NAMED.findall(code)]
    found += [f"{path} merges objects" for _ in _MERGE.findall(code)]
    return found + [f"{path} runs a text" for _ in _STRING_TIMER.findall(code)]


def unsafe_template(path: str, text: str, allowed: Mapping[str, str]) -> list[str]:
    """Escaping switched off; words of ours within a script; a script of its own."""
    found = []
    if "autoescape" in text:
        found.append(f"{path} switches escaping")
    if re.search(r"\|\s*safe\b", text) and path not in allowed:
        found.append(f"{path} says safe")
    for body in re.findall(r"(?s)<script\b[^>]*>(.*?)</script>", text):
        if body.strip():
            found.append(f"{path} has a script of its own")
    for address in re.findall(r"(?:href|src|action)=([\"']?)\{\{(.*?)\}\}", text):
        if not address[0]:
            found.append(f"{path} has an address without quotes")
    return found


def files_by_name(file: File) -> list[str]:
    """A view that opens files: a visitor could name one."""
    if file.name not in {"views", "webhooks", "pages"} and "_views" not in file.name:
        return []
    return [
        f"{file.path}:{node.lineno} opens a file"
        for name, node in _called(file)
        if name in {"open", "Path", "send_file", "send_from_directory"}
    ]


Checker = Callable[[File], list[str]]
