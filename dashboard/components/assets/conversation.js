/** The conversation beside a study: ask, follow the answer, look back, light its evidence. */

import { ChatStore } from "./chat_store.js";
import { exchangeView, folded, searchedText, updateView } from "./chat_view.js";
import { chooseFinding, chosenFinding, listenToChoice } from "./choice.js";
import { applyLabels, fill, mountOnce } from "./lifecycle.js";

// What was typed and chosen outlives a change of page, not a reload.
const unsent = new Map();
const NEAR_PX = 80;

class Conversation {
  constructor({ parentElement }) {
    this.find = (selector) => parentElement.querySelector(selector);
    this.section = this.find(".conversation");
    this.log = this.find(".log");
    this.question = this.find(".question");
    this.find("form").onsubmit = (event) => { event.preventDefault(); this.ask(); };
    this.question.onkeydown = (event) => this.onKey(event);
    this.question.oninput = () => { unsent.set(this.data.url, this.question.value); this.showControls(); };
    this.find(".search").oninput = () => this.filter();
    this.find(".stop").onclick = () => this.store.stop();
    this.find(".explain").onclick = () => this.ask({ whole_report: true, audience: "patient" });
    this.find(".audience").onchange = () => { this.showControls(); this.list(); };
    this.find(".language").onchange = () => this.list();
    this.find(".answerer").onchange = () => this.showControls();
    this.stopChoice = listenToChoice(() => this.markChosen());
  }

  /** @param {object} data what Python sent @param {object} component for triggers */
  update(data, component) {
    const known = this.data?.url === data.url;
    const signedNow = known && this.data.signed !== data.signed;
    Object.assign(this, { data, component, labels: data.labels });
    this.section.style.height = data.height;
    applyLabels(this.section, data.labels);
    this.find(".search").placeholder = data.labels.search;
    this.question.placeholder = data.labels.question_hint;
    this.question.maxLength = data.limit;
    if (!known) this.attach();
    if (!known || signedNow) this.fillChoices(known);
    this.showControls();
    this.markChosen();
  }

  attach() {
    this.store?.close();
    this.views = new Map();
    this.question.value = unsent.get(this.data.url) ?? "";
    this.store = new ChatStore(this.data.url, (change) => this.changed(change));
    this.store.load();
  }

  fillChoices(keep) {
    const { data, labels } = this;
    const language = keep ? this.find(".language").value : data.language;
    options(this.find(".audience"), [["reader", labels.reader], ["patient", labels.patient]]);
    this.find(".audience").options[1].disabled = !data.signed;
    this.find(".audience").title = data.signed ? "" : labels.after_signing;
    options(this.find(".level"), [["short", labels.short], ["fuller", labels.fuller]]);
    options(this.find(".answerer"), data.answerers.map(({ name, label }) => [name, label]));
    options(this.find(".language"), data.languages.map(({ code, name }) => [code, name]));
    this.find(".language").value = language;
  }

  // --- asking -----------------------------------------------------------------------------------

  onKey(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.ask();
  }

  /** @param {object} [special] what differs from a typed question @param {string} [text] */
  async ask(special = {}, text = this.question.value) {
    if (this.asking || this.store.pending) return;
    if (!special.whole_report && !text.trim()) return;
    this.asking = true;
    this.find(".search").value = "";
    const typed = !special.whole_report && text === this.question.value;
    if (typed) this.question.value = "";
    const taken = await this.store.ask({
      message: special.whole_report ? "" : text,
      audience: this.find(".audience").value,
      level: this.find(".level").value,
      model: this.find(".answerer").value,
      language: this.find(".language").value,
      ...special,
    });
    this.asking = false;
    // Words typed while the question was on its way are kept.
    if (typed && taken && !this.question.value) unsent.delete(this.data.url);
    // What was refused can be mended; what was typed since stays.
    if (typed && !taken) this.question.value ||= text;
    this.showControls();
    this.question.focus();
  }

  // --- showing ----------------------------------------------------------------------------------

  changed({ grown, ended, added }) {
    const near = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_PX;
    if (grown && this.views.has(grown.question_id)) this.refresh(grown);
    else this.list();
    if (near || added) this.log.scrollTop = this.log.scrollHeight;
    if (ended?.evidence?.some(({ ground }) => ground === "attention")) {
      this.component.setTriggerValue("map", { question: ended.question_id });
    }
    this.showControls();
    this.markChosen();
  }

  refresh(item) {
    updateView(this.views.get(item.question_id), item, this.labels, (finding) => this.toggle(finding));
  }

  /** All exchanges in their order; a view stays the same element, so that a selection stays, too. */
  list() {
    const fresh = new Map();
    for (const item of this.store.items) {
      const known = this.views.get(item.question_id);
      fresh.set(item.question_id, known ?? exchangeView(item, this.labels, (finding) => this.toggle(finding)));
    }
    this.views = fresh;
    for (const item of this.store.items) this.refresh(item);
    const views = [...fresh.values()];
    this.log.replaceChildren(...(views.length ? views : this.beginning()));
    this.filter();
  }

  /** Where nothing was asked yet: what can be asked. */
  beginning() {
    const hint = document.createElement("p");
    hint.className = "hint";
    if (this.store.unreached) {
      hint.textContent = this.labels.history_lost;
      return [hint];
    }
    hint.textContent = this.labels.empty;
    const row = document.createElement("div");
    row.className = "suggestions";
    const { suggestions } = this.data.languages.find(({ code }) => code === this.find(".language").value);
    row.append(...suggestions[this.find(".audience").value].map((text) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", textContent: text });
      button.onclick = () => this.ask({}, text);
      return button;
    }));
    return [hint, row];
  }

  showControls() {
    const { data, labels, store } = this;
    const forPatient = this.find(".audience").value === "patient";
    const pending = Boolean(store.pending);
    this.find(".level").hidden = !forPatient;
    this.find(".answerer").hidden = data.answerers.length < 2;
    this.find(".language").hidden = data.languages.length < 2;
    this.find(".explain").disabled = !data.signed || pending;
    this.find(".explain").title = data.signed ? "" : labels.after_signing;
    this.find(".stop").hidden = !pending;
    this.find(".ask").hidden = pending;
    this.find(".ask").disabled = !this.question.value.trim();
    const note = data.answerers.find(({ name }) => name === this.find(".answerer").value)?.note;
    this.find(".note").hidden = !note;
    this.find(".note").textContent = note ?? "";
    const { refusal } = store;
    this.find(".refusal").hidden = !refusal;
    this.find(".refusal").textContent = refusal ? labels[refusal.label] ?? refusal.text : "";
  }

  // --- looking back -----------------------------------------------------------------------------

  filter() {
    const words = folded(this.find(".search").value).split(/\s+/).filter(Boolean);
    let count = 0;
    for (const item of this.store.items) {
      const text = searchedText(item, this.labels);
      const shown = words.every((word) => text.includes(word));
      this.views.get(item.question_id).hidden = !shown;
      count += shown;
    }
    const searching = words.length > 0 && this.store.items.length > 0;
    const found = fill(this.labels.found, { count, all: this.store.items.length });
    this.find(".found").textContent = searching ? (count ? found : this.labels.nothing_found) : "";
  }

  // --- evidence ---------------------------------------------------------------------------------

  toggle(finding) {
    chooseFinding(finding === chosenFinding() ? null : finding);
  }

  markChosen() {
    for (const button of this.log.querySelectorAll("[data-choose]")) {
      button.setAttribute("aria-pressed", String(button.dataset.choose === chosenFinding()));
    }
  }

  destroy() {
    this.store?.close();
    this.stopChoice();
  }
}

function options(select, pairs) {
  const before = select.value;
  select.replaceChildren(...pairs.map(([value, text]) => new Option(text, value)));
  if (pairs.some(([value]) => value === before)) select.value = before;
}

export default function (component) {
  return mountOnce(component, (first) => new Conversation(first));
}
