from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from core.domain.errors import InvalidReportError
from core.domain.report import ReportStatus
from core.reporting.pdf.content import Addendum, ReportContent

NAIVE = dt.datetime(2026, 11, 20, 9, 40)


@pytest.mark.parametrize("missing", ["signed_by", "signed_at", "digest"])
def test_signed_report_needs_its_signature(signed: ReportContent, missing: str) -> None:
    with pytest.raises(InvalidReportError, match="signature"):
        replace(signed, **{missing: None})


@pytest.mark.parametrize("part", ["findings", "evidence"])
def test_no_figures_and_maps_beside_signed_text(
    signed: ReportContent, draft: ReportContent, part: str
) -> None:
    with pytest.raises(InvalidReportError, match="no figures and no maps"):
        replace(signed, **{part: getattr(draft, part)})


def test_no_warnings_of_a_draft_beside_signed_text(signed: ReportContent) -> None:
    with pytest.raises(InvalidReportError, match="warnings"):
        replace(signed, warnings=("No finding scored above its operating point.",))


def test_draft_is_not_signed(signed: ReportContent) -> None:
    with pytest.raises(InvalidReportError, match="draft"):
        replace(signed, status=ReportStatus.DRAFT)


def test_times_need_an_offset(signed: ReportContent) -> None:
    with pytest.raises(InvalidReportError, match="offset"):
        replace(signed, signed_at=NAIVE)
    with pytest.raises(InvalidReportError, match="offset"):
        replace(signed, addenda=(Addendum(1, "", "Dr. B.", NAIVE),))


def test_map_needs_its_film(draft: ReportContent) -> None:
    with pytest.raises(InvalidReportError, match="film"):
        replace(draft, key_images=())
