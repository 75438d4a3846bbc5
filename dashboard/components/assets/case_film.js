/** The film of a case that is being made: what is painted over, and where findings lie. */

import { applyLabels, fill, mountOnce } from "./lifecycle.js";

const SVG = "http://www.w3.org/2000/svg";
const LEAST_PX = 4;
const SAME_CORNER_PX = 10;

// Outlives a remount: what the teacher drew stays until another film is opened.
const drawn = (window.overreadCaseFilms ??= new Map());

class CaseFilm {
  constructor({ parentElement }) {
    this.find = (selector) => parentElement.querySelector(selector);
    this.svg = this.find("svg");
    this.mode = "mask";
    this.corners = [];
    this.find(".mask").addEventListener("click", () => this.choose("mask"));
    this.find(".region").addEventListener("click", () => this.choose("region"));
    this.find(".finding").addEventListener("change", () => this.choose("region"));
    this.find(".shown").addEventListener("click", () => this.toggleShown());
    this.svg.addEventListener("pointerdown", (event) => this.begin(event));
    this.svg.addEventListener("pointermove", (event) => this.move(event));
    this.svg.addEventListener("pointerup", (event) => this.end(event));
    this.svg.addEventListener("pointercancel", () => this.forget());
  }

  /** @param {object} data what Python sent: film, image, size, boxes, regions, findings, labels */
  update(data, component) {
    this.component = component;
    this.data = data;
    this.labels = data.labels;
    applyLabels(this.find(".case-film"), data.labels);
    if (!drawn.has(data.film)) drawn.set(data.film, start(data));
    this.state = drawn.get(data.film);
    this.find("img").src = data.image;
    this.find(".stage").style.setProperty("--aspect", data.columns / data.rows);
    this.svg.setAttribute("viewBox", `0 0 ${data.columns} ${data.rows}`);
    this.fillFindings();
    this.choose(this.mode);
  }

  fillFindings() {
    const select = this.find(".finding");
    const chosen = select.value;
    select.replaceChildren(...this.data.findings.map(({ name, label }) => new Option(label, name)));
    if (chosen) select.value = chosen;
  }

  choose(mode) {
    this.mode = mode;
    this.corners = [];
    this.find(".mask").setAttribute("aria-pressed", mode === "mask");
    this.find(".region").setAttribute("aria-pressed", mode === "region");
    this.find(".hint").textContent = this.labels[`${mode}_hint`];
    this.draw();
  }

  /** Without what is drawn over it, the film can be looked at. */
  toggleShown() {
    this.hidden = !this.hidden;
    this.find(".shown").setAttribute("aria-pressed", Boolean(this.hidden));
    this.draw();
  }

  // --- pointer ----------------------------------------------------------------------------------

  at(event) {
    const place = this.svg.getBoundingClientRect();
    const inside = (value, most) => Math.min(Math.max(value, 0), most);
    return [
      inside(((event.clientX - place.left) / place.width) * this.data.columns, this.data.columns),
      inside(((event.clientY - place.top) / place.height) * this.data.rows, this.data.rows),
    ];
  }

  /** Film pixels to one of the screen. */
  unit() {
    return this.data.columns / this.svg.getBoundingClientRect().width;
  }

  begin(event) {
    if (event.button !== 0 || this.hidden) return;
    this.svg.setPointerCapture(event.pointerId);
    this.from = this.at(event);
    this.to = this.from;
  }

  move(event) {
    if (!this.from) return;
    this.to = this.at(event);
    this.draw();
  }

  end(event) {
    if (!this.from) return;
    const [from, to] = [this.from, this.at(event)];
    this.from = null;
    const box = rectangle(from, to);
    const far = Math.min(box[2], box[3]) >= LEAST_PX * this.unit();
    if (far && this.mode === "mask") this.state.own.push({ box: whole(box), on: true });
    else if (far) this.addRegion(corners(box));
    else if (this.mode === "mask") this.toggleAt(from);
    else this.addCorner(from);
    this.draw();
    if (far || this.mode === "mask") this.send();
  }

  forget() {
    this.from = null;
    this.draw();
  }

  addCorner(point) {
    const [first] = this.corners;
    const near = first && Math.hypot(point[0] - first[0], point[1] - first[1]);
    if (this.corners.length >= 3 && near < SAME_CORNER_PX * this.unit()) {
      this.addRegion(this.corners);
      this.corners = [];
      this.send();
    } else {
      this.corners.push(point);
    }
  }

  addRegion(outline) {
    const finding = this.find(".finding").value;
    if (finding) this.state.regions.push({ finding, outline: outline.map((xy) => xy.map(tenth)) });
  }

  toggleAt([x, y]) {
    const hit = this.boxes().find(({ box }) => x >= box[0] && y >= box[1]
      && x <= box[0] + box[2] && y <= box[1] + box[3]);
    if (hit) hit.on = !hit.on;
  }

  // --- what is drawn ----------------------------------------------------------------------------

  boxes() {
    return [...this.state.found, ...this.state.own];
  }

  send() {
    this.component.setTriggerValue("drawn", {
      masked: this.boxes().filter(({ on }) => on).map(({ box }) => box),
      regions: this.state.regions,
    });
  }

  draw() {
    const scale = this.unit() || 1;
    const shapes = this.hidden ? [] : [...this.boxShapes(scale), ...this.regionShapes(scale)];
    if (this.from && this.to) {
      shapes.push(shape("rect", placed(rectangle(this.from, this.to)), "drawing"));
    }
    if (this.corners.length) {
      shapes.push(shape("polyline", { points: this.corners.map(String).join(" ") }, "drawing"));
      const [x, y] = this.corners[0];
      shapes.push(shape("circle", { cx: x, cy: y, r: 5 * scale }, "drawing"));
    }
    this.svg.replaceChildren(...shapes);
    this.list();
  }

  boxShapes(scale) {
    return this.boxes().flatMap(({ box, on, marker }, number) => [
      shape("rect", placed(box), `box${on ? " on" : ""}${marker ? " marker" : ""}`),
      words(String(number + 1), box[0], box[1] - 3 * scale, scale),
    ]);
  }

  regionShapes(scale) {
    return this.state.regions.flatMap(({ finding, outline }) => [
      shape("polygon", { points: outline.map(String).join(" ") }, "outline"),
      words(this.label(finding), outline[0][0], outline[0][1] - 3 * scale, scale),
    ]);
  }

  label(finding) {
    return this.data.findings.find(({ name }) => name === finding)?.label ?? finding;
  }

  list() {
    this.find(".boxes").replaceChildren(...this.boxes().map((item, number) => this.boxLine(item, number)));
    this.find(".regions").replaceChildren(
      ...this.state.regions.map((region, number) => this.regionLine(region, number)),
    );
  }

  boxLine(item, number) {
    const line = document.createElement("li");
    const label = document.createElement("label");
    const tick = Object.assign(document.createElement("input"), { type: "checkbox", checked: item.on });
    tick.addEventListener("change", () => { item.on = tick.checked; this.draw(); this.send(); });
    const text = element("bdi", "", item.text ?? this.labels.own);
    text.title = text.textContent;
    label.append(tick, element("b", "", String(number + 1)), text);
    line.append(label, element("span", "meta", this.note(item)));
    return line;
  }

  note({ marker, confidence }) {
    if (confidence === undefined) return "";
    const sure = fill(this.labels.confidence, { percent: Math.round(100 * confidence) });
    return marker ? `${this.labels.marker}, ${sure}` : sure;
  }

  regionLine(region, number) {
    const line = document.createElement("li");
    const away = element("button", "", this.labels.remove);
    away.type = "button";
    away.addEventListener("click", () => {
      this.state.regions.splice(number, 1);
      this.draw();
      this.send();
    });
    line.append(element("bdi", "", this.label(region.finding)), away);
    return line;
  }

  destroy() {}
}

function start({ boxes, regions }) {
  return {
    found: boxes.map((item) => ({ ...item, on: !item.marker })),
    own: [],
    regions: regions.map((region) => ({ ...region })),
  };
}

function tenth(value) {
  return Math.round(10 * value) / 10;
}

function rectangle([x0, y0], [x1, y1]) {
  return [Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0)];
}

/** Whole pixels that hold a rectangle. */
function whole([x, y, width, height]) {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  return [left, top, Math.max(1, Math.floor(x + width) - left), Math.max(1, Math.floor(y + height) - top)];
}

function corners([x, y, width, height]) {
  return [[x, y], [x + width, y], [x + width, y + height], [x, y + height]];
}

function placed([x, y, width, height]) {
  return { x, y, width, height };
}

function shape(name, attributes, kind) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.setAttribute("class", kind);
  return made;
}

function words(text, x, y, scale) {
  const made = shape("text", { x, y: Math.max(y, 14 * scale), "font-size": 13 * scale }, "");
  made.textContent = text;
  return made;
}

function element(name, kind, text) {
  return Object.assign(document.createElement(name), { className: kind, textContent: text });
}

export default function (component) {
  return mountOnce(component, (first) => new CaseFilm(first));
}
