"""Translations of a page: their catalog is found once, not once for each sentence."""

from typing import Any

from flask import Flask, g
from flask_babel import Domain


class OncePerPage(Domain):
    """Keeps the catalog where Flask-Babel forgets it when the language is changed."""

    def get_translations(self) -> Any:
        try:
            here = getattr(g, "_flask_babel", None)
        except RuntimeError:  # no application, as in a script: plain English
            here = None
        found = getattr(here, "babel_translations", None)
        if found is None:
            found = super().get_translations()
            if here is not None:
                here.babel_translations = found
        return found


def init_app(app: Flask) -> None:
    """Take the place of Flask-Babel's own ways to a catalog, in Python and on pages."""
    words = OncePerPage()
    app.extensions["babel"].instance.domain_instance = words
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda one: words.get_translations().gettext(one),
        ngettext=lambda one, many, count: words.get_translations().ngettext(
            one, many, count
        ),
        newstyle=True,
    )
