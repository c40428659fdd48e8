"""What a browser brings to the door: its address, its mark, half of a sign-in."""

from flask import Response, after_this_request, current_app, request, session
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response as BaseResponse

from engage.core.db import Unreachable
from engage.people import entering, own_devices, passkeys
from engage.people.entering import Half
from engage.people.factor_rules import device_of

HALF = "half"  # in the cookie: the password was right, a factor is missing
HALF_LASTS = 5 * 60
WAY = "way"  # in the cookie: a code that opens an account anew was right; which row
OWN_LASTS = 365 * 24 * 3600


def keep_half(half: Half, *, shared: bool) -> None:
    """Remember in the signed cookie that the password was right."""
    session[HALF] = signer(HALF).dumps([*half, shared])


def half() -> tuple[Half, bool] | None:
    """What this browser's right password was for, a short while ago; is it shared?"""
    try:
        uid, proof, shared = signer(HALF).loads(
            session.get(HALF, ""), max_age=HALF_LASTS
        )
    except (BadData, TypeError, ValueError):
        return None
    return Half(uid, proof), bool(shared)


def way() -> tuple[str, str] | None:
    """Whose account a code opens anew that was typed here a short while ago."""
    try:
        uid, thing = signer(WAY).loads(session.get(WAY, ""), max_age=HALF_LASTS)
    except (BadData, TypeError, ValueError):
        return None
    return uid, thing


def here(*, is_shared: bool = False) -> entering.Door:
    """What this request comes from."""
    return entering.Door(
        address=request.remote_addr or "",
        device=device_of(request.headers.get("User-Agent", "")),
        is_shared=is_shared,
        own_token=own_token(),
    )


def site() -> passkeys.Site:
    """Where passkeys are asked for; Flask has checked the name against ours."""
    return passkeys.Site(
        host=request.host.rsplit(":", 1)[0],
        origin=request.host_url.rstrip("/"),
        title=current_app.config["SETTINGS"].site_title,
        secret=str(current_app.secret_key),
    )


def own_token() -> str:
    """The mark of an own device that this browser brings, or nothing."""
    return request.cookies.get(_own_cookie(), "")


def keep_own(token: str) -> None:
    """Let this browser keep the mark for a year; sent with the next answer."""

    @after_this_request
    def marked(response: Response) -> Response:
        response.set_cookie(
            _own_cookie(),
            token,
            max_age=OWN_LASTS,
            secure=not current_app.config["DEMO"],
            httponly=True,
            samesite="Strict",
        )
        return response


def drop_own(response: BaseResponse) -> None:
    """Take the mark from this browser, and its row from us."""
    token = own_token()
    if not token:
        return
    response.delete_cookie(
        _own_cookie(),
        secure=not current_app.config["DEMO"],
        httponly=True,
        samesite="Strict",
    )
    try:
        own_devices.forget_here(token)
    except Unreachable:
        current_app.logger.warning("a device could not be forgotten: no database")


def _own_cookie() -> str:
    return "own" if current_app.config["DEMO"] else "__Host-own"


def signer(salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt=salt)
