"""The way to Stripe: what we send goes to the host that we asked, and to no other."""

from threading import local
from typing import Any

import requests


class StraightWay:
    """Follows no answer that points elsewhere; each thread has a session of its own.

    A package that follows would take key, amount and account along to wherever it is
    told to go. What points elsewhere is then no answer about the money.
    """

    def __init__(self) -> None:
        self._kept = local()

    def request(self, *asked: Any, **how: Any) -> requests.Response:
        if not hasattr(self._kept, "session"):
            self._kept.session = requests.Session()
        session: requests.Session = self._kept.session
        return session.request(*asked, **{**how, "allow_redirects": False})

    def close(self) -> None:
        if hasattr(self._kept, "session"):
            self._kept.session.close()
