"""The JavaScript sources join into modules that define everything they use, once."""

from __future__ import annotations

import re

import pytest

from dashboard.components import conversation, findings_panel, report_editor, viewer
from dashboard.components.registration import ASSETS, bundle, read_asset

SOURCES = sorted(path.name for path in ASSETS.glob("*.js"))
CHOOSING = ["viewer.js", "findings_panel.js", "report_editor.js"]
ENTRIES = [
    *CHOOSING,
    "conversation.js",
    "addendum_editor.js",
    "study_table.js",
    "leaf_keys.js",
    "blind_read.js",
    "reveal.js",
    "join.js",
    "case_film.js",
]
DECLARED = re.compile(r"^(?:export )?(?:async )?(?:const|function|class) (\w+)", re.MULTILINE)
IMPORTED = re.compile(r'^import \{ ([^}]*) \} from "\./([\w.]+)";$', re.MULTILINE)


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_is_short_enough_to_read(name: str) -> None:
    assert len(read_asset(name).splitlines()) < 300


@pytest.mark.parametrize("name", SOURCES)
def test_every_import_is_exported_where_it_is_looked_for(name: str) -> None:
    for names, source in IMPORTED.findall(read_asset(name)):
        exported = re.findall(
            r"^export (?:async )?(?:const|function|class) (\w+)", read_asset(source), re.M
        )
        assert set(names.split(", ")) <= set(exported)


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_bundle_declares_each_name_once_and_exports_one_function(entry: str) -> None:
    module = bundle(entry)
    declared = DECLARED.findall(module)

    assert len(declared) == len(set(declared))
    assert re.findall(r"^import\b", module, re.MULTILINE) == []
    assert re.findall(r"^export .*", module, re.MULTILINE) == [
        "export default function (component) {"
    ]


@pytest.mark.parametrize("entry", CHOOSING)
def test_imported_sources_stand_before_their_use(entry: str) -> None:
    module = bundle(entry)

    assert module.index("function mountOnce") < module.index("export default")
    assert module.index("function listenToChoice") < module.index("class ")


def test_every_source_belongs_to_a_component() -> None:
    shipped = "\n".join(bundle(entry) for entry in ENTRIES)

    for name in SOURCES:
        assert DECLARED.findall(read_asset(name))[0] in shipped


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("viewer", viewer._labels()),
        ("findings_panel", findings_panel._labels(3, scored=True)),
        ("report_editor", report_editor._labels()),
        ("conversation", conversation._labels()),
    ],
)
def test_the_words_in_the_browser_are_the_words_from_python(
    name: str, labels: dict[str, str]
) -> None:
    html, module = read_asset(f"{name}.html"), bundle(f"{name}.js")
    asked = set(re.findall(r'data-label(?:-\w+)?="(\w+)"', html)) | set(
        re.findall(r"\blabels\.(\w+)", module)
    )

    assert asked <= set(labels)
    for key in labels:
        assert re.search(rf"\b{key}\b", html + module), f"{key} is never shown"


def test_no_component_reaches_outside_or_keeps_anything() -> None:
    texts = [path for path in ASSETS.iterdir() if path.suffix in {".js", ".css", ".html"}]
    shipped = "\n".join(path.read_text(encoding="utf-8") for path in texts)
    # The name of a kind of element, which nobody fetches.
    shipped = shipped.replace("http://www.w3.org/2000/svg", "")

    assert "http://" not in shipped and "https://" not in shipped
    assert "localStorage" not in shipped and "sessionStorage" not in shipped


def test_the_colour_table_is_inferno() -> None:
    """First, middle and last entry as Matplotlib publishes them."""
    values = [int(number) for number in re.findall(r"\d+", viewer.inferno_table().split("[")[1])]

    assert len(values) == 768
    assert values[:3] == [0, 0, 3]
    assert values[3 * 128 : 3 * 128 + 3] == [187, 55, 84]
    assert values[-3:] == [252, 254, 164]
