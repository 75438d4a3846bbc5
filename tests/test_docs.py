"""What the documents say is so."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

from core.domain import errors, import_errors
from core.models import registry
from core.settings import VERSION, Settings

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [README, *(path.read_text("utf-8") for path in (ROOT / "docs").rglob("*.md"))]


def test_the_table_of_settings_is_the_settings() -> None:
    listed = dict(re.findall(r"^\| `OVERREAD_(\w+)` \| (.*?) \|", README, re.MULTILINE))
    fields = {name.upper(): field for name, field in Settings.model_fields.items()}
    assert set(listed) == set(fields)
    for name, field in fields.items():
        if field.default_factory is None and field.default not in ("", None):
            assert str(field.default) in listed[name], name
        assert str(field.description) in README, name


def test_the_commands_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?:^|`)make (\w+)", README, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_pictures_of_the_documents_are_there() -> None:
    for document in DOCUMENTS:
        for link in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", document):
            assert (ROOT / link).is_file() or (ROOT / "docs" / link).is_file(), link


def test_figures_in_the_readme_are_those_beside_the_weights() -> None:
    [entry] = registry.entries()
    assert entry.measured is not None and entry.measured.mean_nih_auroc is not None
    document = entry.measured.document
    located = document["localisation"]
    shown, usual = located["default"], "mean box"
    figures = [
        document["mean_nih_auroc"],
        document["cross_validation"]["mean_nih_auroc"],
        *(
            located["findings"][name]["pooled"]["methods"][method]["pointing"]
            for name in ("lung opacity", "pneumonia")
            for method in (shown, usual)
        ),
    ]
    for one in figures:
        assert f"{one['value']:.2f} ({one['low']:.2f} to {one['high']:.2f})" in README


def test_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION
    assert f"## {VERSION}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def every_error() -> list[type[errors.OverreadError]]:
    # Importing a module is what adds its errors to the tree.
    assert issubclass(import_errors.ImportsOffError, errors.OverreadError)
    found, waiting = [], [errors.OverreadError]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return found


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_every_error_says_what_happened_and_what_to_do(kind: type[errors.OverreadError]) -> None:
    for template in (kind.sentence, kind.remedy):
        assert template.endswith(".") and "\n" not in template
    facts = dict.fromkeys(re.findall(r"{(\w+)}", kind.sentence + kind.remedy), "x")
    assert "{" not in str(kind(**facts)) + kind.remedy.format(**facts)


def test_error_codes_are_unique() -> None:
    codes = [kind.code for kind in every_error()]
    assert len(codes) == len(set(codes))


def test_the_shipped_figures_file_names_its_own_weights() -> None:
    [entry] = registry.entries()
    assert entry.state == "ready" and entry.measured is not None
    document = json.loads(json.dumps(dict(entry.measured.document)))
    assert document["weights_sha256"] == entry.digest


def test_the_translators_template_holds_every_word() -> None:
    """`make messages` writes it; a new word without it would never be translated."""
    from babel.messages.extract import extract_from_dir
    from babel.messages.pofile import read_po

    words: set[str] = set()
    for room in ("core", "dashboard", "pages"):
        found = extract_from_dir(ROOT / room, keywords={"N_": None, "_": None, "translate": None})
        words |= {str(message) for _file, _line, message, *_rest in found}
    with (ROOT / "dashboard" / "translations" / "overread.pot").open("rb") as file:
        template = {str(message.id) for message in read_po(file) if message.id}
    assert template == words


def test_no_word_hides_from_the_template_in_an_f_string() -> None:
    """The extractor does not look into f-strings before Python 3.12."""
    hidden = {
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for room in ("core", "dashboard", "pages")
        for path in (ROOT / room).rglob("*.py")
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("_", "N_", "translate")
        and isinstance(call.args[0], ast.Constant)
    }
    assert hidden == set()
