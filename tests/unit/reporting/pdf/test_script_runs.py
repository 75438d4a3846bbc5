from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import uharfbuzz
from reportlab.pdfbase import pdfmetrics

from core.reporting.pdf.layout import BODY, STRONG
from core.reporting.pdf.script_runs import clean, markup, paragraph, runs, small_caps
from core.reporting.pdf.typefaces import FOLDER, typefaces

LATIN, TAMIL, WIDE = "NotoSans-Regular", "NotoSansTamil-Regular", "DejaVuSans"
DEVANAGARI = "NotoSansDevanagari-Regular"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ångström Ωμέγα Сердце", [(LATIN, "Ångström Ωμέγα Сердце")]),
        ("≥5 mm", [(WIDE, "≥"), (LATIN, "5 mm")]),
        ("a → b ✓", [(LATIN, "a "), (WIDE, "→"), (LATIN, " b "), (WIDE, "✓")]),
        ("உள்ளது: 36", [(TAMIL, "உள்ளது:"), (LATIN, " 36")]),
        ("(முடிச்சு)", [(TAMIL, "(முடிச்சு)")]),
        ("CT-முடிச்சு36mm", [(LATIN, "CT"), (TAMIL, "-முடிச்சு36"), (LATIN, "mm")]),
        ("क्षेत्र।", [(DEVANAGARI, "क्षेत्र।")]),
        ("王 x", [(LATIN, "[U+738B] x")]),
        ("\U0001f9d1", [(LATIN, "[U+1F9D1]")]),
        ("\ue001", [(LATIN, "[U+E001]")]),
        ("", []),
    ],
)
def test_runs_follow_what_the_fonts_hold(text: str, expected: list[tuple[str, str]]) -> None:
    assert runs(text) == expected


def test_bold_runs_use_bold_files_where_there_are_some() -> None:
    assert [name for name, _ in runs("A தமிழ் ≥", bold=True)] == [
        "NotoSans-Bold",
        "NotoSansTamil-Bold",
        "NotoSans-Bold",
        WIDE,
    ]


@pytest.mark.parametrize(
    "text",
    ["நிமோனியா இல்லை; க்ஷ ஸ்ரீ கொ கோ கௌ: 36 mm.", "बाएँ फेफड़े में गाँठ।", "≥ ≤ → ✓ é Ω я 王 \ue001"],
)
@pytest.mark.parametrize("bold", [False, True])
def test_no_run_shapes_to_a_missing_glyph(text: str, bold: bool) -> None:
    for name, part in runs(clean(text), bold=bold):
        face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(FOLDER / f"{name}.ttf")))
        buffer = uharfbuzz.Buffer()
        buffer.add_str(part)
        buffer.guess_segment_properties()
        uharfbuzz.shape(uharfbuzz.Font(face), buffer)
        assert all(info.codepoint for info in buffer.glyph_infos), part


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("soft\u00adhyphen\ufeff", "softhyphen"),
        ("tab\tand\nline\u2028end", "tab and line end"),
        ("e\u0301", "é"),
        ("க்\u200cஷ", "க்\u200cஷ"),
        ("\ud800", "\ud800"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_markup_escapes_and_survives_a_lone_surrogate() -> None:
    assert markup("<b> & \ud800") == "&lt;b&gt; &amp; [U+D800]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Findings", 'F<font size="8">INDINGS</font>'),
        ("A & b", 'A &amp; <font size="8">B</font>'),
        ("தமிழ்", '<font name="NotoSansTamil-Bold">தமிழ்</font>'),
    ],
)
def test_small_caps(text: str, expected: str) -> None:
    assert small_caps(text, 10.0) == expected


def test_shaped_word_is_as_wide_as_the_shaper_says() -> None:
    """கோ is stored as two characters and drawn as three glyphs, one before its consonant."""
    block = paragraph("கோ", BODY)
    block.wrap(400, 400)
    shaped = block.blPara.lines[0].words[0].text
    assert len(shaped) == 3
    measured = sum(glyph.x_advance for glyph in shaped.__shapeData__) * BODY.fontSize / 1000
    assert 400 - block.blPara.lines[0].extraSpace == pytest.approx(measured, abs=0.01)


def test_word_longer_than_a_line_is_cut_between_syllables() -> None:
    block = paragraph("கோ" * 40, STRONG)
    _, height = block.wrap(100, 1000)
    lines = block.blPara.lines
    assert height == len(lines) * STRONG.leading
    assert all(line.extraSpace >= 0 for line in lines)
    assert sum(len(word.text) for line in lines for word in line.words) == 3 * 40


@pytest.mark.parametrize("bold", [False, True])
def test_every_glyph_has_its_code_before_the_first_report(bold: bool) -> None:
    """Else the bytes of a report would depend on the reports before it."""
    for face in typefaces(bold=bold):
        font = pdfmetrics.getFont(face.name)
        assert set(range(font.hbFace.glyph_count)) <= set(font.face.glyphToChar)


def test_fonts_are_loaded_once_by_many_threads() -> None:
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(lambda _: typefaces(), range(32)))
    assert len({tuple(map(id, faces)) for faces in loaded}) == 1
