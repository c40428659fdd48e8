"""Headers that keep the browser from keeping, embedding or reaching anything."""

import secrets
from typing import Any

from flask import Response, current_app, g, request

HSTS = "max-age=63072000; includeSubDomains"
REPORTS_AT = "/told"
REPORTS_TO = "own"  # its name in the headers
# Everything a browser offers, closed to our own pages too; a passkey alone is asked
# for by them. A browser that does not know a name passes over it.
OFF = (
    "accelerometer", "attribution-reporting", "autoplay", "bluetooth",
    "browsing-topics", "camera", "captured-surface-control", "clipboard-read",
    "compute-pressure", "digital-credentials-get", "display-capture",
    "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid",
    "identity-credentials-get", "idle-detection", "interest-cohort", "keyboard-map",
    "language-detector", "language-model", "local-fonts", "local-network-access",
    "magnetometer", "microphone", "midi", "on-device-speech-recognition",
    "otp-credentials", "payment", "picture-in-picture", "private-state-token-issuance",
    "private-state-token-redemption", "screen-wake-lock", "serial",
    "speaker-selection", "storage-access", "summarizer", "sync-xhr", "translator",
    "usb", "web-share", "window-management", "xr-spatial-tracking",
)  # fmt: skip
OWN = ("publickey-credentials-create", "publickey-credentials-get")
PERMISSIONS = ", ".join(
    [*(f"{name}=()" for name in OFF), *(f"{name}=(self)" for name in OWN)]
)
# What every answer carries, of a page and of a file alike.
EVERYWHERE = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": PERMISSIONS,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive, nosnippet, noimageindex",
}
NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; sandbox"


def csp_nonce() -> str:
    """One nonce a response, for the few script tags."""
    if not hasattr(g, "nonce"):
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def strict_headers(response: Response) -> Response:
    """Every answer leaves with all of them; a view may only be stricter."""
    own = {
        **EVERYWHERE,
        "Content-Security-Policy": _policy(),
        "Reporting-Endpoints": f'{REPORTS_TO}="{REPORTS_AT}"',
    }
    for name, value in own.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static" or response.status_code != 200:
        response.headers["Cache-Control"] = "no-store"
    if not current_app.config["DEMO"]:
        response.headers["Strict-Transport-Security"] = HSTS
    return response


def _policy() -> str:
    return (
        f"default-src 'none'; script-src 'nonce-{csp_nonce()}'; style-src 'self'; "
        "img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; object-src 'none'; "
        f"require-trusted-types-for 'script'; report-to {REPORTS_TO}"
    )


def static_headers(headers: Any, path: str, url: str, *, is_demo: bool) -> None:
    """The headers of a static file, which never passes through Flask."""
    for name, value in EVERYWHERE.items():
        headers[name] = value
    headers["Content-Security-Policy"] = NOTHING
    if not is_demo:
        headers["Strict-Transport-Security"] = HSTS
