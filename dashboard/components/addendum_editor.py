"""The addendum of a signed report: one plain text that saves itself while the reader types."""

from __future__ import annotations

from collections.abc import Callable

from dashboard.components.registration import register
from dashboard.components.triggers import saved_words, with_version
from dashboard.language import translate as _

_mount = register("addendum_editor", style="report_editor.css")


def show(*, url: str, text: str, version: int, key: str, on_sign: Callable[[int], None]) -> None:
    """Show the addendum being written.

    Parameters
    ----------
    url
        Address of ``GET``/``PUT`` ``/api/v1/studies/{id}/addendum``, same origin.
    text, version
        What the server holds. Unsaved typing wins over both.
    on_sign
        Called with the saved version once the text is on the server.
    """
    data = {
        "url": url,
        "sections": {"addendum": text},
        "version": version,
        "labels": {
            "addendum": _("Addendum"),
            "sign": _("Sign addendum"),
            **saved_words(),
        },
    }
    _mount(key=key, data=data, on_sign_change=lambda: with_version(key, "sign", on_sign))
