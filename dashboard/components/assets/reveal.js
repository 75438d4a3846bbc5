/** The read beside the reference, finding by finding; choosing one shows where it is on the film. */

import { chooseFinding, chosenFinding, listenToChoice } from "./choice.js";
import { applyLabels, mountOnce } from "./lifecycle.js";

const SHAPES = { hit: "●", missed: "○", false: "✕", rejected: "–" };

class Reveal {
  constructor({ parentElement }) {
    this.find = (selector) => parentElement.querySelector(selector);
    this.section = this.find(".reveal");
    this.stop = listenToChoice(() => this.mark());
  }

  /** @param {object} data what Python sent: rows, scored, labels */
  update({ rows, scored, labels }) {
    Object.assign(this, { rows, scored, labels });
    applyLabels(this.section, labels);
    const head = document.createElement("tr");
    const names = ["finding", "yours", "reference", "model", ...(scored ? ["brier"] : [])];
    head.append(...names.map((name) => {
      const made = document.createElement("th");
      made.textContent = labels[name];
      if (name === "brier") Object.assign(made, { className: "number", title: labels.brier_title });
      return made;
    }));
    this.find("thead").replaceChildren(head);
    this.find("tbody").replaceChildren(...rows.map((row) => this.line(row)));
    this.mark();
  }

  line(row) {
    const line = document.createElement("tr");
    line.dataset.finding = row.name;
    line.dataset.outcome = row.outcome;
    line.title = this.labels.map_title;
    const name = cell("name", row.label);
    if (row.outcome_word) {
      const outcome = document.createElement("span");
      outcome.className = "outcome";
      outcome.textContent = `${SHAPES[row.outcome] ?? ""} ${row.outcome_word}`;
      name.append(outcome);
    }
    const yours = cell("yours", row.yours || "–");
    if (row.side_right !== null) {
      const side = document.createElement("span");
      side.className = row.side_right ? "right" : "wrong";
      side.textContent = row.side_right ? " ✓" : " ✕";
      yours.append(side);
    }
    const brier = this.scored ? [cell("number", row.brier || "–")] : [];
    line.append(name, yours, cell("reference", row.reference || "–"), cell("model", row.model || "–"), ...brier);
    line.onclick = () => chooseFinding(row.name === chosenFinding() ? null : row.name);
    line.onkeydown = (event) => this.onKey(event, line);
    return line;
  }

  mark() {
    const lines = [...this.section.querySelectorAll("tbody tr")];
    const known = lines.some((line) => line.dataset.finding === chosenFinding());
    lines.forEach((line, index) => {
      const chosen = line.dataset.finding === chosenFinding();
      line.setAttribute("aria-selected", String(chosen));
      line.tabIndex = chosen || (!known && index === 0) ? 0 : -1;
    });
  }

  onKey(event, line) {
    const next = { ArrowDown: line.nextElementSibling, ArrowUp: line.previousElementSibling }[event.key];
    if (next) {
      next.focus();
      chooseFinding(next.dataset.finding);
    } else if (event.key === "Enter" || event.key === " ") line.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  destroy() { this.stop(); }
}

function cell(look, text) {
  const made = document.createElement("td");
  made.className = look;
  made.textContent = text;
  return made;
}

export default function (component) {
  return mountOnce(component, (first) => new Reveal(first));
}
