/** The worklist's table: one tab stop, arrows move, Enter opens. */

import { digitsApart } from "./digits.js";
import { applyLabels, fill, mountOnce } from "./lifecycle.js";

const SHAPES = { present: "●", uncertain: "◐" };
const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
const ROW_PX = 32;
const FEWEST_ROWS = 9;
const MARGIN_PX = 12;

// Outlives this module, so that a reader who comes back finds the study that was left.
const selections = (window.overreadStudies ??= new Map());

class StudyTable {
  constructor({ parentElement }) {
    this.root = parentElement;
    this.find = (selector) => parentElement.querySelector(selector);
    this.section = this.find(".studies");
    this.scroller = this.find(".scroller");
    this.body = this.find("tbody");
    this.known = new Map();
    this.listen();
    this.watchHeight();
  }

  listen() {
    this.body.addEventListener("keydown", (event) => this.onKey(event));
    this.body.addEventListener("click", (event) => this.onClick(event));
    this.body.addEventListener("dblclick", (event) => this.onDoubleClick(event));
    this.body.addEventListener("focusin", (event) => this.select(event.target.closest("tr")));
    // The second press of a double click would mark a word.
    this.body.addEventListener("mousedown", (event) => event.detail > 1 && event.preventDefault());
  }

  /** @param {object} data what Python sent: key, rows, empty, labels */
  update({ key, rows, empty, labels }, component) {
    const first = !this.component;
    this.component = component;
    this.key = key;
    this.labels = labels;
    applyLabels(this.section, labels);
    this.find(".empty").textContent = empty;
    this.find(".empty").hidden = rows.length > 0;
    this.scroller.hidden = rows.length === 0;
    this.setLines(rows);
    this.fit();
    if (first) this.greet();
  }

  // --- rows -------------------------------------------------------------------------------------

  /** Lines that say the same stay the same element: a rerun takes neither focus nor a double click. */
  setLines(rows) {
    const focused = this.body.contains(this.root.activeElement);
    const place = this.lines.findIndex((line) => line.getAttribute("aria-selected") === "true");
    const lines = rows.map((row) => this.line(row));
    this.known = new Map(lines.map((line) => [line.dataset.study, line]));
    const same = lines.length === this.body.children.length && lines.every((line, at) => line === this.body.children[at]);
    const scrolled = this.scroller.scrollTop;
    if (!same) this.body.replaceChildren(...lines);
    this.scroller.scrollTop = scrolled;
    this.select(this.selected ?? lines[Math.max(0, Math.min(place, lines.length - 1))]);
    if (focused && !this.body.contains(this.root.activeElement)) this.selected?.focus();
  }

  line(row) {
    const said = JSON.stringify([row, this.labels]);
    const old = this.known.get(String(row.study_id));
    if (old?.said === said) return old;
    const line = document.createElement("tr");
    line.said = said;
    line.dataset.study = row.study_id;
    line.append(...cells(row, this.labels));
    return line;
  }

  get lines() { return [...this.body.children]; }

  // --- selection --------------------------------------------------------------------------------

  get selected() { return this.known.get(selections.get(this.key)); }

  select(chosen) {
    if (!chosen) return;
    selections.set(this.key, chosen.dataset.study);
    for (const line of this.lines) {
      line.setAttribute("aria-selected", String(line === chosen));
      line.tabIndex = line === chosen ? 0 : -1;
    }
  }

  /** Arrows work at once where nobody has put the focus anywhere else. */
  greet() {
    if (document.activeElement === document.body) this.selected?.focus();
  }

  onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const lines = this.lines;
    const at = lines.indexOf(event.target.closest("tr"));
    const step = STEPS[event.key];
    if (step) lines[Math.max(0, Math.min(lines.length - 1, at + step))].focus();
    else if (event.key === "Enter") event.repeat || this.open(lines[at]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  onClick(event) {
    const line = event.target.closest("tr");
    if (!event.target.closest(".name")) line.focus({ preventScroll: true });
    else if (event.detail <= 1) this.open(line);
  }

  onDoubleClick(event) {
    if (!event.target.closest(".name")) this.open(event.target.closest("tr"));
  }

  open(line) {
    this.component.setTriggerValue("open", { study_id: Number(line.dataset.study) });
  }

  // --- height -----------------------------------------------------------------------------------

  /** The table ends with the window; what stands above may grow, so every box around is watched. */
  watchHeight() {
    this.observer = new ResizeObserver(() => this.fit());
    for (let box = this.root.host; box; box = box.parentElement) this.observer.observe(box);
    this.onResize = () => this.fit();
    window.addEventListener("resize", this.onResize);
  }

  fit() {
    const page = this.root.host.closest("[data-testid=stMain]");
    const top = this.section.getBoundingClientRect().top + (page?.scrollTop ?? 0);
    const rows = Math.floor((window.innerHeight - top - MARGIN_PX) / ROW_PX);
    this.scroller.style.maxHeight = `${ROW_PX * Math.max(FEWEST_ROWS, rows)}px`;
  }

  destroy() {
    this.observer.disconnect();
    window.removeEventListener("resize", this.onResize);
  }
}

// --- cells: everything that came from a file goes in as text ------------------------------------

function cells(row, labels) {
  return [
    urgencyCell(row, labels),
    patientCell(row, labels),
    textCell("age-sex", row.age_sex),
    textCell("projection", row.projections),
    textCell("indication", row.indication),
    findingCell(row, labels),
    statusCell(row),
    textCell("time meta", row.study_time),
    textCell("age", row.age_label),
    textCell("reader meta", row.reader),
  ];
}

function urgencyCell({ certainty }, labels) {
  const cell = element("td", "urgency");
  if (!SHAPES[certainty]) return cell;
  const mark = part("shape", SHAPES[certainty], labels[certainty]);
  mark.dataset.certainty = certainty;
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", labels[certainty]);
  cell.append(mark);
  return cell;
}

function patientCell(row, labels) {
  const name = element("button", "name", row.patient, row.patient);
  name.type = "button";
  name.tabIndex = -1;
  name.dir = "auto";
  name.setAttribute("aria-label", fill(labels.open, { patient: row.patient }));
  const tag = row.phantom ? [part("tag", labels.phantom, labels.phantom_title)] : [];
  return lineCell("patient", name, part("patient-id meta", row.patient_id, row.patient_id), ...tag);
}

function findingCell(row, labels) {
  if (!row.finding) return lineCell("", part("finding awaited", row.draft_state, row.draft_state));
  const name = part("finding", row.finding, row.finding);
  const side = part("side", row.side.letter, row.side.word);
  if (row.value === null) return lineCell("", name, side);
  return lineCell("", name, side, bar(row, labels), part("number", row.value.toFixed(digits(row))));
}

function digits({ value, operating_point: point }) {
  return digitsApart(value, point ?? value);
}

function bar({ value, operating_point: point, certainty }, labels) {
  const bar = part("bar", "");
  bar.dataset.certainty = certainty;
  const filled = part("filled", "");
  filled.style.width = `${100 * value}%`;
  bar.append(filled);
  if (point === null) return bar;
  const tick = part("tick", "");
  tick.style.left = `${100 * point}%`;
  bar.append(tick);
  bar.title = [labels[certainty], fill(labels.operating_point, { value: point.toFixed(digitsApart(value, point)) })].filter(Boolean).join(" · ");
  return bar;
}

function statusCell(row) {
  const chip = part("chip", "");
  chip.dataset.status = row.status;
  chip.append(part("shape", ""), part("word", row.status_label, row.status_label));
  const cell = element("td", "");
  cell.append(chip);
  return cell;
}

function textCell(name, text) {
  const cell = element("td", name, text, text);
  cell.dir = "auto";
  return cell;
}

function lineCell(name, ...parts) {
  const line = element("div", "line");
  line.append(...parts);
  const cell = element("td", name);
  cell.append(line);
  return cell;
}

function part(name, text, title = "") {
  return element("span", name, text, title);
}

function element(tag, name, text = "", title = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  if (title) made.title = title;
  return made;
}

export default function (component) {
  return mountOnce(component, (first) => new StudyTable(first));
}
