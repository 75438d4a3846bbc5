/** One finding that may be picked: five steps of certainty, a side, and how often it is marked. */

import { chooseFinding } from "./choice.js";

const SIDES = ["left", "right", "bilateral"];
const SIDE_KEYS = { l: "left", r: "right", b: "bilateral" };

export class FindingRow {
  /**
   * @param {{name: string, label: string, sided: boolean}} finding
   * @param {{steps: {value: number, name: string}[], sides: object, labels: object}} data
   * @param {object} answer told of every change
   */
  constructor({ name, label, sided }, { steps, sides, labels }, answer) {
    Object.assign(this, { name, label, sided, steps, answer, labels });
    this.certainty = this.laterality = null;
    this.asked = false;
    this.element = document.createElement("tr");
    this.element.dataset.finding = name;
    this.element.setAttribute("role", "row");
    this.element.onclick = () => { chooseFinding(name); };
    this.element.onkeydown = (event) => this.onKey(event);
    this.steppers = steps.map((step) => button(`${Math.round(100 * step.value)}`, `${label}: ${step.name}`, () => this.pick(step.value)));
    this.siders = sided ? SIDES.map((side) => button(sides[side].letter, `${label}: ${sides[side].word}`, () => this.side(side))) : [];
    this.marker = button("", labels.marked_title, () => chooseFinding(name));
    const cells = this.steppers.map((one) => cell("step", one));
    this.element.append(cell("name", label), ...cells, cell("side", ...this.siders), cell("place", this.marker));
    this.element.firstChild.title = label;
  }

  /** @param {object | undefined} answered as kept @param {boolean} marked without a certainty */
  set(answered, marked) {
    this.certainty = answered?.certainty ?? null;
    this.laterality = answered?.laterality ?? null;
    this.asked = marked && this.certainty === null;
  }

  get value() { return { name: this.name, certainty: this.certainty, laterality: this.laterality }; }

  /** A mark was set: how certain is it? */
  ask() { this.asked = this.certainty === null; }

  /** Choosing the same step again takes the finding back. */
  pick(certainty) {
    this.certainty = this.certainty === certainty ? null : certainty;
    if (this.certainty === null) this.laterality = null;
    this.asked = false;
    this.answer.changed();
  }

  side(side) {
    this.laterality = this.laterality === side ? null : side;
    this.asked = this.certainty === null;
    this.answer.changed();
  }

  /** @param {number} marks how many there are of this finding */
  show(marks) {
    if (!marks && !this.laterality && this.certainty === null) this.asked = false;
    this.element.classList.toggle("picked", this.certainty !== null);
    this.element.classList.toggle("asked", this.asked);
    this.steppers.forEach((one, index) => press(one, this.steps[index].value === this.certainty));
    this.siders.forEach((one, index) => press(one, SIDES[index] === this.laterality));
    this.marker.textContent = marks ? `▣ ${marks}` : "▢";
  }

  choose(chosen, first) {
    this.element.setAttribute("aria-selected", String(chosen));
    this.element.tabIndex = chosen || first ? 0 : -1;
  }

  onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target !== this.element) return;
    const key = event.key.toLowerCase();
    if (key === "arrowdown" || key === "arrowup") this.answer.step(this, key === "arrowdown" ? 1 : -1);
    else if (this.steps[Number(key) - 1]) this.pick(this.steps[Number(key) - 1].value);
    else if (this.sided && SIDE_KEYS[key]) this.side(SIDE_KEYS[key]);
    else if (key === "0" && this.certainty !== null) this.pick(this.certainty);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** The row above them: the steps by name and value. */
export function headings({ steps }, labels) {
  const row = document.createElement("tr");
  const head = (look, text, title = text) => {
    const made = document.createElement("th");
    Object.assign(made, { className: look, textContent: text, title, scope: "col" });
    return made;
  };
  const named = steps.map(({ name, value }) => head("step", name, `${name}: ${Math.round(100 * value)} %`));
  row.append(head("name", labels.finding), ...named, head("side", labels.side), head("place", labels.place));
  return row;
}

function button(text, title, act) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", textContent: text, title, tabIndex: -1 });
  made.setAttribute("aria-label", title);
  made.onclick = (event) => {
    event.stopPropagation();
    chooseFinding(made.closest("tr").dataset.finding);
    act();
  };
  return made;
}

function press(one, pressed) { one.setAttribute("aria-pressed", String(pressed)); }

function cell(look, ...content) {
  const made = document.createElement("td");
  made.className = look;
  made.append(...content);
  return made;
}
