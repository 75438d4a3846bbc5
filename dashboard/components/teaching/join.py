"""The way into the classroom: code, nickname, and the words of those who come back."""

from __future__ import annotations

import streamlit as st

from core.domain.teaching import Trainee
from dashboard.components.registration import register
from dashboard.language import translate as _

CODE = "code"

_mount = register("join")


def show() -> None:
    """The form in the middle of an empty page. An address may bring the code with it."""
    with st.container(key="join_page", horizontal_alignment="center"):
        _form(nickname="", code=st.query_params.get(CODE, ""), key="join")


def show_member(trainee: Trainee) -> None:
    """For one who is in: the code of a further session, and the way out of this browser."""
    _form(nickname=trainee.nickname, code="", key="join_member")


def _form(*, nickname: str, code: str, key: str) -> None:
    _mount(
        key=key,
        data={"nickname": nickname, "code": code[:16], "labels": _labels(member=bool(nickname))},
    )


def _labels(*, member: bool) -> dict[str, str]:
    return {
        "form": _("Join a session"),
        "heading": _("Join another session") if member else _("Join a session"),
        "lead": _("The teacher shows the code. Choose a nickname that is not your name."),
        "code": _("Code"),
        "nickname": _("Nickname"),
        "words": _("Return words"),
        "back": _("I have been here before, on another machine"),
        "join": _("Join"),
        "joining": _("joining …"),
        "leave": _("Leave on this machine"),
        "keep_heading": _("Keep these words"),
        "keep": _(
            "With them and your nickname you come back on another day or another machine. They are "
            "shown once."
        ),
        "begin": _("Begin"),
        "unreachable": _("The server does not answer. Try again."),
    }
