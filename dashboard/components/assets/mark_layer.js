/** Marks and regions over the film: drawn by the reader before a commit, compared after it. */

import { chooseFinding, chosenFinding, listenToChoice } from "./choice.js";
import { listenToMarks, marksOf, wishMark } from "./marks.js";

const SVG = "http://www.w3.org/2000/svg";
const CLICK_RADIUS = 9;
// A hand that shakes is no box.
const LEAST_BOX = 6;
const STEP = 8;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class MarkLayer {
  /**
   * @param {HTMLElement} section of the viewer
   * @param {object} viewer asked for film, state and canvas
   */
  constructor(section, viewer) {
    this.viewer = viewer;
    this.svg = section.querySelector("svg.marks");
    this.group = section.querySelector(".marking");
    this.maps = section.querySelector(".maps");
    this.select = section.querySelector("select.of-mark");
    this.given = this.box = this.cursor = null;
    this.select.onchange = () => { chooseFinding(this.select.value || null); viewer.frame.focus(); };
    const stops = [listenToMarks(() => this.draw()), listenToChoice(() => this.follow())];
    this.stop = () => stops.forEach((stop) => stop());
  }

  get editable() { return this.given?.mode === "edit"; }

  /** @param {object | null} given mode, findings to mark, or marks and regions to show */
  update(given, labels) {
    Object.assign(this, { given, labels, box: null });
    this.group.hidden = !this.editable;
    this.maps.hidden = this.editable;
    if (this.editable) {
      const options = [["", labels.mark_none], ...given.findings];
      this.select.replaceChildren(...options.map(([name, label]) => new Option(label, name)));
    } else if (this.viewer.tool === "mark") this.viewer.setTool("window");
    this.follow();
  }

  follow() {
    if (this.editable) {
      const known = this.given.findings.some(([name]) => name === chosenFinding());
      this.select.value = known ? chosenFinding() : "";
    }
    this.draw();
  }

  // --- marking ----------------------------------------------------------------------------------

  /** @param {{x: number, y: number}} at a point of the canvas */
  begin(at) {
    if (!this.ready()) return;
    this.cursor = null;
    this.box = { from: at, to: at };
  }

  stretch(to) {
    if (!this.box || !to) return;
    this.box.to = to;
    this.draw();
  }

  end() {
    if (!this.box) return;
    const { from, to } = this.box;
    const ratio = window.devicePixelRatio || 1;
    this.box = null;
    const wide = Math.min(Math.abs(to.x - from.x), Math.abs(to.y - from.y)) >= LEAST_BOX * ratio;
    this.add(from, wide ? to : from);
  }

  add(from, to) {
    const { state, film } = this.viewer;
    const [a, b] = [state.toFilm(from), state.toFilm(to)];
    const mark = {
      finding: this.select.value,
      x: rounded(Math.min(a.x, b.x)), y: rounded(Math.min(a.y, b.y)),
      width: rounded(Math.abs(b.x - a.x)), height: rounded(Math.abs(b.y - a.y)),
    };
    wishMark({ film: film.url, add: mark });
    this.draw();
  }

  /** Whether a mark can be set now; says what is missing. */
  ready() {
    if (!this.editable || !this.viewer.levels) return false;
    this.viewer.notify(this.select.value ? "" : this.labels.mark_first);
    return Boolean(this.select.value);
  }

  /** Move the cross that stands for the pointer. @returns {boolean} whether the key was for it */
  moveBy(key) {
    if (!this.editable || this.viewer.tool !== "mark") return false;
    const ratio = window.devicePixelRatio || 1;
    const { width, height } = this.viewer.canvas;
    const from = this.cursor ?? { x: width / 2, y: height / 2 };
    const [dx, dy] = MOVES[key].map((step) => step * STEP * ratio);
    this.cursor = { x: within(from.x + dx, width), y: within(from.y + dy, height) };
    this.draw();
    return true;
  }

  place() {
    if (this.viewer.tool === "mark" && this.cursor && this.ready()) this.add(this.cursor, this.cursor);
  }

  /** Take away the last mark of the finding that is chosen, else the last of all. */
  remove() {
    if (!this.editable) return;
    const list = marksOf(this.viewer.film?.url);
    const last = list.findLastIndex(({ finding }) => finding === chosenFinding());
    const index = last >= 0 ? last : list.length - 1;
    if (index >= 0) wishMark({ film: this.viewer.film.url, remove: index });
  }

  // --- drawing ----------------------------------------------------------------------------------

  draw() {
    const { film, levels, state } = this.viewer;
    if (!this.given || !film || !levels || !state) return this.svg.replaceChildren();
    const marks = this.editable ? marksOf(film.url) : this.given.marks;
    const parts = (this.editable ? [] : this.given.regions).flatMap((region) => this.region(region));
    marks.forEach((mark, index) => parts.push(...this.mark(mark, index)));
    if (this.box) parts.push(this.rectangle(this.box.from, this.box.to, "shape"));
    if (this.editable && this.cursor && this.viewer.tool === "mark") parts.push(...this.crosshair());
    this.svg.replaceChildren(...parts);
  }

  region({ finding, label, outline }) {
    const points = outline.map(([x, y]) => this.css(this.viewer.state.toCanvas({ x, y })));
    const faded = this.faded(finding);
    const shape = element("polygon", { class: `region ${faded}`, points: points.map(({ x, y }) => `${x},${y}`).join(" ") });
    const top = points.reduce((best, point) => (point.y < best.y ? point : best));
    return [shape, words(label, top.x, top.y - 4, `of-region ${faded}`)];
  }

  mark(mark, index) {
    const { state } = this.viewer;
    const label = mark.label ?? this.given.findings.find(([name]) => name === mark.finding)?.[1] ?? mark.finding;
    const look = `shape ${mark.hit === false ? "missed" : ""} ${this.faded(mark.finding)}`;
    const from = state.toCanvas(mark);
    const at = this.css(from);
    const shape = mark.width
      ? this.rectangle(from, state.toCanvas({ x: mark.x + mark.width, y: mark.y + mark.height }), look)
      : element("circle", { class: look, cx: at.x, cy: at.y, r: CLICK_RADIUS });
    const beside = mark.width ? { x: at.x, y: at.y - 4 } : { x: at.x + CLICK_RADIUS + 4, y: at.y + 4 };
    return [shape, words(`${index + 1} ${label}`, beside.x, beside.y, this.faded(mark.finding))];
  }

  /** After the commit, choosing a finding leaves the others in the background. */
  faded(finding) {
    const chosen = chosenFinding();
    return !this.editable && chosen && chosen !== finding ? "faded" : "";
  }

  rectangle(from, to, look) {
    const [a, b] = [this.css(from), this.css(to)];
    return element("rect", {
      class: look, x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(b.x - a.x), height: Math.abs(b.y - a.y),
    });
  }

  crosshair() {
    const { x, y } = this.css(this.cursor);
    return [[x - 12, y, x + 12, y], [x, y - 12, x, y + 12]].map(([x1, y1, x2, y2]) => (
      element("line", { class: "crosshair", x1, y1, x2, y2 })
    ));
  }

  css({ x, y }) {
    const ratio = this.viewer.canvas.width / Math.max(1, this.viewer.canvas.clientWidth);
    return { x: x / ratio, y: y / ratio };
  }
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}

function words(text, x, y, look) {
  const made = element("text", { x, y: Math.max(12, y), class: look });
  made.textContent = text;
  return made;
}

function rounded(value) { return Math.round(value * 10) / 10; }

function within(value, most) { return Math.max(0, Math.min(most, value)); }
