"""Write docs/performance.md from the figures in benchmarks/results.

Run: python -m benchmarks.report
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.record import RESULTS, Result, markdown, read, sentence

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
ORDER = (
    "draft",
    "stages",
    "first_draft",
    "batch_drafts",
    "language_models",
    "first_image",
    "review_reruns",
    "worklist",
    "import_files",
    "pdf",
    "classroom",
    "active_learning",
    "drift_alarms",
    "ledger_page",
    "burned_in",
)

HEAD = """# Performance

Made by `python -m benchmarks.report` from the JSON files in `benchmarks/results`; do not edit.
`python -m benchmarks.all` measures everything again and rewrites this page.

Every claim is a ratio of two things that ran in the same minutes on the same machine; absolute
times hold for that machine alone. A figure is the median (p50) with the 95th percentile (p95) of n
measurements, after warm-ups that are not counted.
"""


def page(results: Sequence[Result]) -> str:
    """The whole page; results of ``--small`` are no figures and are refused."""
    small = [result.name for result in results if result.small]
    if small:
        raise SystemExit(f"measured with --small, not to be published: {', '.join(small)}")
    parts = [HEAD]
    if not results:
        parts.append("Nothing was measured yet.\n")
    parts += [_section(result) for result in results]
    if results:
        parts.append(_machines(results))
    return "\n".join(parts)


def results_in(folder: Path) -> list[Result]:
    """What was measured, in the order of the page."""
    return [read(path) for name in ORDER if (path := folder / f"{name}.json").is_file()]


def _section(result: Result) -> str:
    lines = [f"## {result.title}", ""]
    lines += [f"- {sentence(ratio)}" for ratio in result.ratios]
    lines += ["", *(f"{markdown(table)}\n" for table in result.tables)]
    lines += [" ".join(result.method), "", f"`{result.command}`", ""]
    return "\n".join(lines)


def _machines(results: Sequence[Result]) -> str:
    """Each machine once, with what was measured on it."""
    places: dict[str, list[str]] = {}
    for result in results:
        machine, versions = result.machine, result.versions
        packages = ", ".join(f"{name} {number}" for name, number in versions.items())
        where = (
            f"{machine['processor']}, {machine['cores']} cores, {machine['memory']} of memory, "
            f"{machine['system']}; {packages}; {result.day}"
        )
        places.setdefault(where, []).append(result.name)
    lines = [f"- {', '.join(names)}: {where}." for where, names in places.items()]
    return "\n".join(["## Where this was measured", "", *lines, ""])


def main() -> None:
    PAGE.write_text(page(results_in(RESULTS)), encoding="utf-8")
    print(f"{PAGE} written")


if __name__ == "__main__":
    main()
