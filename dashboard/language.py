"""The words of the interface: every one goes through gettext.

Catalogues lie in ``dashboard/translations/<language>/LC_MESSAGES/overread.po``, one file a
language, read as they are; English needs none, since the messages are English. ``make messages``
writes the template for translators and brings the catalogues up to date.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from core.domain.errors import OverreadError
from core.settings import load_settings

CATALOGUES = Path(__file__).parent / "translations"


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    path = CATALOGUES / language / "LC_MESSAGES" / "overread.po"
    if not path.is_file():
        return gettext.NullTranslations()
    from babel.messages import mofile, pofile

    compiled = io.BytesIO()
    with path.open("rb") as file:
        mofile.write_mo(compiled, pofile.read_po(file, language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate(message: str) -> str:
    """One message in the language of the settings; one that has no translation stays English."""
    return _message(load_settings().language, message)


def translator(language: str) -> Callable[[str], str]:
    """The same in a given language: a report is of its own, whatever the interface speaks."""
    return partial(_message, language)


def _message(language: str, message: str) -> str:
    # An empty message is the head of the catalogue.
    return _catalogue(language).gettext(message) if message else ""


def filled(template: str, facts: Mapping[str, Any]) -> str:
    """A translated template with its placeholders filled; words among the facts are translated."""
    words = {name: translate(str(value)) if value else "" for name, value in facts.items()}
    return translate(template).format(**words)


def sentence(error: OverreadError) -> str:
    """What happened, as one sentence for the reader.

    A reason that names something, a file say, comes as a template with what fills it; one that does
    not is a message itself.
    """
    facts = dict(error.facts)
    if "template" in facts:
        facts["reason"] = filled(facts["template"], facts["named"])
    elif isinstance(facts.get("reason"), str):
        facts["reason"] = translate(facts["reason"])
    return translate(error.sentence).format(**facts)


def remedy(error: OverreadError) -> str:
    """What to do about it, as one sentence for the reader."""
    return translate(error.remedy).format(**error.facts)
