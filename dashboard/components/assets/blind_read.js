/** What a trainee answers: findings with certainty and side, marks, an impression; then the commit. */

import { answerStore } from "./answer_store.js";
import { chooseFinding, chosenFinding, listenToChoice } from "./choice.js";
import { FindingRow, headings } from "./finding_row.js";
import { applyLabels, fill, mountOnce } from "./lifecycle.js";
import { announceMarks, listenToWishes } from "./marks.js";

const COMMIT_WITHIN_MS = 10000;

class BlindRead {
  constructor({ parentElement }) {
    this.find = (selector) => parentElement.querySelector(selector);
    this.section = this.find(".blind");
    this.impression = this.find("textarea");
    this.impression.oninput = () => this.changed();
    this.find(".normal").onclick = () => this.sayNormal();
    this.find(".commit").onclick = () => this.commit();
    this.find(".theirs").onclick = () => this.open(this.store.takeTheirs());
    this.find(".mine").onclick = () => this.store.keepMine();
    this.rows = [];
    const stops = [listenToChoice(() => this.showChosen()), listenToWishes((wish) => this.onWish(wish))];
    this.stop = () => stops.forEach((stop) => stop());
    this.clock = setInterval(() => this.showState(), 1000);
  }

  /** @param {object} data what Python sent @param {object} component for the commit */
  update(data, component) {
    const known = this.store && this.shown === this.nameOf(data);
    Object.assign(this, { data, component, labels: data.labels });
    applyLabels(this.section, data.labels);
    // The page came back with this very read: a commit was refused.
    if (known) return this.resume();
    this.committing = false;
    this.shown = this.nameOf(data);
    if (this.store) this.store.onChange = () => {};
    this.store = answerStore(data);
    this.store.onChange = () => { this.showState(); this.showOpen(); };
    this.open(this.store.answer);
  }

  nameOf({ trainee, case: case_, session, film }) { return [film, trainee, case_, session].join(" "); }

  /** Show an answer as it is kept. A finding that was marked only still waits for its certainty. */
  open({ findings, marks, impression }) {
    this.marks = marks;
    this.impression.value = impression;
    this.find("thead").replaceChildren(headings(this.data, this.labels));
    this.rows = this.data.findings.map((finding) => new FindingRow(finding, this.data, this));
    for (const row of this.rows) {
      row.set(findings.find(({ name }) => name === row.name), marks.some(({ finding }) => finding === row.name));
    }
    this.find("tbody").replaceChildren(...this.rows.map(({ element }) => element));
    this.refresh();
  }

  get answer() {
    return {
      findings: this.rows.filter((row) => row.certainty !== null).map((row) => row.value),
      marks: this.marks,
      impression: this.impression.value,
    };
  }

  changed() {
    this.full = false;
    this.store.keep(this.answer);
    this.refresh();
  }

  onWish({ film, add, remove }) {
    if (film !== this.data.film || this.committing) return;
    if (add && this.marks.length >= this.data.marks_limit) {
      this.full = true;
      return this.showOpen();
    }
    if (add) {
      this.marks = [...this.marks, add];
      this.rows.find(({ name }) => name === add.finding)?.ask();
    } else this.marks = this.marks.filter((_, index) => index !== remove);
    this.changed();
  }

  sayNormal() {
    if (!this.impression.value.trim()) this.impression.value = this.labels.normal_words;
    this.impression.focus();
    this.changed();
  }

  // --- showing ----------------------------------------------------------------------------------

  refresh() {
    announceMarks(this.data.film, this.marks);
    const count = (name) => this.marks.filter(({ finding }) => finding === name).length;
    for (const row of this.rows) row.show(count(row.name));
    this.showPlaced();
    this.showChosen();
    this.showOpen();
    this.showState();
  }

  showPlaced() {
    const placed = this.find(".placed");
    placed.hidden = !this.marks.length;
    placed.replaceChildren(...this.marks.map((mark, index) => {
      const chip = document.createElement("button");
      const finding = this.rows.find(({ name }) => name === mark.finding)?.label ?? mark.finding;
      Object.assign(chip, { type: "button", textContent: `${index + 1} ${finding} ✕`, title: this.labels.remove_mark });
      chip.onclick = () => this.onWish({ film: this.data.film, remove: index });
      return chip;
    }));
  }

  showChosen() {
    const known = this.rows.some(({ name }) => name === chosenFinding());
    this.rows.forEach((row, index) => row.choose(row.name === chosenFinding(), !known && index === 0));
  }

  /** What stands between the answer and the commit, in words. */
  showOpen() {
    const asked = this.rows.filter((row) => row.asked).map(({ label }) => label);
    const empty = !this.rows.some((row) => row.certainty !== null) && !this.impression.value.trim();
    const words = asked.length ? fill(this.labels.ask_certainty, { findings: asked.join(", ") })
      : empty ? this.labels.empty : "";
    this.find(".open").textContent = this.full ? fill(this.labels.marks_full, { count: this.data.marks_limit }) : words;
    this.find(".commit").disabled = Boolean(words || this.committing || this.store.theirs);
    this.find(".normal").hidden = this.rows.some((row) => row.certainty !== null) || Boolean(this.impression.value.trim());
  }

  showState() {
    if (!this.store) return;
    const { state, savedAt, message, theirs } = this.store;
    const elsewhere = this.find(".elsewhere");
    elsewhere.hidden = !theirs;
    const there = theirs ? fill(this.labels.elsewhere, { words: theirs.answer.impression || "–" }) : "";
    const told = elsewhere.querySelector("span");
    if (told.textContent !== there) told.textContent = there;
    const trouble = state === "unreachable" || state === "refused";
    const words = state === "changed" ? "" : trouble ? fill(this.labels[state], { message })
      : state === "saving" ? this.labels.saving : savedAt ? this.labels.saved : "";
    const line = this.find(".saved-state");
    line.classList.toggle("trouble", trouble);
    if (line.textContent !== words) line.textContent = words;
  }

  // --- the commit -------------------------------------------------------------------------------

  async commit() {
    if (this.find(".commit").disabled) return;
    this.committing = true;
    this.showOpen();
    const alone = await this.store.settle();
    if (!this.committing) return;
    if (!alone) return this.resume();
    this.store.finish();
    this.component.setTriggerValue("commit", { case: this.data.case, session: this.data.session, answer: this.answer });
    // A connection that dropped just now takes the commit with it and says nothing.
    this.waiting = setTimeout(() => this.resume(), COMMIT_WITHIN_MS);
  }

  /** Nothing was committed: answering goes on. */
  resume() {
    clearTimeout(this.waiting);
    this.committing = this.store.over = false;
    this.store.save();
    this.refresh();
  }

  /** From a row: step to the next one. */
  step(row, by) {
    const next = this.rows[Math.max(0, Math.min(this.rows.length - 1, this.rows.indexOf(row) + by))];
    chooseFinding(next.name);
    next.element.focus();
  }

  destroy() {
    this.stop();
    clearInterval(this.clock);
    clearTimeout(this.waiting);
    this.committing = false;
    if (this.store) this.store.onChange = () => {};
  }
}

export default function (component) {
  return mountOnce(component, (first) => new BlindRead(first));
}
