from flask import Blueprint, Response, render_template, request

from engage.audit import actions as audit
from engage.core import paper
from engage.core.access import Permission, Role
from engage.core.errors import NotFound
from engage.core.web import me, my_places, now, requires
from engage.engagements import letter_words, letters, queries
from engage.engagements.letter import Letter
from engage.people import queries as people

bp = Blueprint("letters", __name__)


@bp.route("/plans/<uid>/letter")
@requires(Permission.ENGAGEMENTS_OWN)
def own(uid: str) -> str:
    letter, alias = _own(uid)
    return _page("engagements/letter.html", letter, alias, uid=uid)


@bp.route("/plans/<uid>/letter.pdf")
@requires(Permission.ENGAGEMENTS_OWN)
def own_pdf(uid: str) -> Response:
    return _pdf(*_own(uid))


@bp.route("/plans/<uid>/letter.json")
@requires(Permission.ENGAGEMENTS_OWN)
def own_terms(uid: str) -> Response:
    return _terms(_own(uid)[0])


@bp.route("/agreed/<uid>/letter")
@requires(Permission.ENGAGEMENTS_RUN)
def of_place(uid: str) -> str:
    letter, alias = _of_place(uid)
    return _page("engagements/agreed_letter.html", letter, alias, uid=uid)


@bp.route("/agreed/<uid>/letter.pdf")
@requires(Permission.ENGAGEMENTS_RUN)
def of_place_pdf(uid: str) -> Response:
    return _pdf(*_of_place(uid))


@bp.route("/agreed/<uid>/letter.json")
@requires(Permission.ENGAGEMENTS_RUN)
def of_place_terms(uid: str) -> Response:
    return _terms(_of_place(uid)[0])


def _own(uid: str) -> tuple[Letter, str]:
    engagement = queries.own(me(), uid)
    alias = people.alias(me().id, engagement.organization_id)
    return letters.letter_of(engagement, _version()), alias.name if alias else ""


def _of_place(uid: str) -> tuple[Letter, str]:
    """Only after the person is shown by name, and never unseen by that person."""
    places = my_places(Permission.ENGAGEMENTS_RUN)
    engagement, _alias = queries.one_of(places, uid, now())
    audit.look(
        "engagement.open",
        subject=engagement.person.subject,
        thing=f"engagement:{uid}",
        by=me(),
        now=now(),
        role=Role.COORDINATOR,
        organization_id=engagement.organization_id,
    )
    # Read again: the look had a transaction of its own.
    engagement, alias = queries.one_of(places, uid, now())
    return letters.letter_of(engagement, _version()), alias.name


def _version() -> int | None:
    """Which version the address asks for; what is no number is no version."""
    asked = request.args.get("version", "")
    if not asked:
        return None
    if not (asked.isascii() and asked.isdigit() and len(asked) < 5):
        raise NotFound
    return int(asked)


def _page(template: str, letter: Letter, alias: str, *, uid: str) -> str:
    words = letter_words.content(letter, alias)
    return render_template(template, letter=letter, words=words, uid=uid)


def _pdf(letter: Letter, alias: str) -> Response:
    made = paper.pdf(letter_words.content(letter, alias))
    return _file(made, "application/pdf", "letter.pdf")


def _terms(letter: Letter) -> Response:
    return _file(letter.file.encode(), "application/json", "letter.json")


def _file(made: bytes, kind: str, name: str) -> Response:
    """A download under a name that says nothing about the work."""
    answer = Response(made, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
