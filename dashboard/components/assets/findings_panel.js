/** The findings of the model; choosing a row shows its map and its sentences elsewhere. */

import { chooseFinding, chosenFinding, listenToChoice, previewFinding } from "./choice.js";
import { digitsApart } from "./digits.js";
import { applyLabels, fill, mountOnce } from "./lifecycle.js";

const SHAPES = { present: "●", uncertain: "◐", absent: "○" };
const MOST_ROWS = 8;
const HOVER_MS = 150;

class FindingsPanel {
  constructor({ parentElement }) {
    this.find = (selector) => parentElement.querySelector(selector);
    this.section = this.find(".panel");
    this.hint = this.find(".hint");
    this.section.addEventListener("keydown", (event) => this.onKey(event));
    this.stopChoice = listenToChoice((finding) => this.mark(finding));
    // The editor below takes the height that this panel leaves.
    this.observer = new ResizeObserver(() => window.dispatchEvent(new Event("overread:layout")));
    this.observer.observe(this.section);
  }

  /** @param {object} data what Python sent: rows, not_assessed, state, labels */
  update({ rows, not_assessed, state, labels }) {
    this.labels = labels;
    applyLabels(this.section, labels);
    const read = rows.filter((row) => row.certainty !== "absent");
    const folded = [...read.slice(MOST_ROWS), ...rows.filter((row) => row.certainty === "absent")];
    this.find(".rows").replaceChildren(...read.slice(0, MOST_ROWS).map((row) => this.line(row)));
    this.find(".absent .rows").replaceChildren(...folded.map((row) => this.line(row)));
    this.find(".absent").hidden = folded.length === 0;
    this.find("summary").textContent = this.foldedText(read.length - MOST_ROWS, rows.length - read.length);
    this.showText(".state", state || (rows.length && !read.length ? labels.none_positive : ""));
    this.showText(".strip", not_assessed.length ? `${labels.not_assessed} ${not_assessed.join(", ")}` : "");
    this.mark(chosenFinding());
  }

  foldedText(beyond, absent) {
    const parts = beyond > 0 ? [fill(this.labels.beyond, { count: beyond })] : [];
    return [...parts, ...(absent ? [this.labels.folded] : [])].join(", ");
  }

  showText(selector, text) {
    this.find(selector).hidden = !text;
    this.find(selector).textContent = text;
  }

  line(row) {
    const line = document.createElement("div");
    line.className = "row";
    line.dataset.finding = row.name;
    line.dataset.certainty = row.certainty;
    line.setAttribute("role", "option");
    line.append(
      cell("shape", SHAPES[row.certainty] ?? ""),
      cell("name", row.label),
      cell("side", row.side.letter, row.side.word),
      ...this.figures(row),
      cell("certainty", this.labels[row.certainty] ?? row.certainty),
    );
    line.querySelector(".name").title = row.label;
    if (row.tooltip) line.setAttribute("aria-description", row.tooltip);
    line.onclick = () => { line.focus(); this.toggle(row.name); };
    line.onpointerenter = () => this.hover(line, row);
    line.onpointerleave = () => this.leave();
    line.onfocus = () => line.matches(":focus-visible") && this.explain(line, row);
    line.onblur = () => this.leave();
    return line;
  }

  /** What a text alone states has no number, and so no bar and no point. */
  figures(row) {
    if (row.value === null) return [cell("number", ""), cell("point", ""), cell("nobar", "")];
    return [this.number(row), this.point(row), this.bar(row)];
  }

  number(row) {
    const number = cell("number", row.value.toFixed(digitsApart(row.value, row.operating_point)));
    if (row.calibrated) return number;
    const mark = document.createElement("small");
    mark.textContent = this.labels.score;
    mark.title = this.labels.score_title;
    number.prepend(mark, " ");
    return number;
  }

  /** A number never stands without the point that it is held against. */
  point(row) {
    const against = row.operating_point.toFixed(digitsApart(row.value, row.operating_point));
    const sign = row.value >= row.operating_point ? "≥" : "<";
    return cell("point", `${sign} ${against}`, this.pointTitle(row));
  }

  pointTitle(row) {
    return fill(this.labels.operating_point, { value: row.operating_point.toFixed(digitsApart(row.value, row.operating_point)) });
  }

  bar(row) {
    const bar = cell("bar", "", this.pointTitle(row));
    const filled = cell("filled", "");
    const tick = cell("tick", "");
    filled.style.width = `${100 * row.value}%`;
    tick.style.left = `${100 * row.operating_point}%`;
    bar.append(filled, tick);
    return bar;
  }

  // --- choosing ---------------------------------------------------------------------------------

  toggle(name) {
    chooseFinding(name === chosenFinding() ? null : name);
  }

  mark(finding) {
    const lines = this.lines;
    const known = lines.some((line) => line.dataset.finding === finding);
    lines.forEach((line, index) => {
      const chosen = line.dataset.finding === finding;
      line.setAttribute("aria-selected", String(chosen));
      line.tabIndex = chosen || (!known && index === 0) ? 0 : -1;
      if (chosen && line.closest("details")) line.closest("details").open = true;
    });
  }

  get lines() { return [...this.section.querySelectorAll(".row")]; }

  onKey(event) {
    const lines = this.lines.filter((line) => line.offsetParent !== null);
    const at = lines.indexOf(event.target);
    if (at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      const next = lines[Math.max(0, Math.min(lines.length - 1, at + step))];
      next.focus();
      chooseFinding(next.dataset.finding);
    } else if (event.key === "Enter" || event.key === " ") this.toggle(lines[at].dataset.finding);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // --- hovering ---------------------------------------------------------------------------------

  hover(line, row) {
    clearTimeout(this.hovering);
    this.hovering = setTimeout(() => {
      this.explain(line, row);
      if (row.has_map) previewFinding(row.name);
      this.previewing = row.has_map;
    }, HOVER_MS);
  }

  leave() {
    clearTimeout(this.hovering);
    this.hint.hidden = true;
    if (this.previewing) previewFinding(null);
    this.previewing = false;
  }

  explain(line, row) {
    const text = row.tooltip || (row.calibrated ? "" : this.labels.score_title);
    this.hint.hidden = !text;
    this.hint.textContent = text;
    this.hint.style.top = `${line.getBoundingClientRect().bottom - this.section.getBoundingClientRect().top + 4}px`;
  }

  destroy() {
    this.leave();
    this.observer.disconnect();
    this.stopChoice();
  }
}

function cell(name, text, title = "") {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  if (title) element.title = title;
  return element;
}

export default function (component) {
  return mountOnce(component, (first) => new FindingsPanel(first));
}
