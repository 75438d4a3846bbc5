/** The report editor: five texts, their saved state, and what follows when they are done. */

import { bestToShow, chooseFinding, chosenFinding, listenToChoice } from "./choice.js";
import { applyLabels, mountOnce } from "./lifecycle.js";
import { LanguageChoice, translationLinks } from "./report_language.js";
import { conflictView, draftView, savedState, signedView } from "./report_states.js";
import { storeFor } from "./report_store.js";
import { listenToReveal } from "./reveal_key.js";
import { standing, TextArea } from "./text_area.js";

const PAUSE_MS = 1500;

class ReportEditor {
  constructor({ parentElement }) {
    this.find = (selector) => parentElement.querySelector(selector);
    this.section = this.find(".editor");
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    this.stopChoice = listenToChoice(() => this.paint());
    this.clock = setInterval(() => this.showState(), 1000);
    window.addEventListener("keydown", (event) => this.onKey(event), { signal });
    window.addEventListener("overread:layout", () => this.fitHeight(), { signal });
    this.host = this.section.getRootNode().host;
    this.column = this.host?.closest('[data-testid="stColumn"]');
    this.observer = new ResizeObserver(() => requestAnimationFrame(() => this.fitHeight()));
    for (const box of [this.column, this.host?.closest('[data-testid="stVerticalBlock"]')]) {
      if (box) this.observer.observe(box);
    }
    this.stopReveal = listenToReveal(() => this.reveal());
    this.find(".reveal").onclick = () => this.reveal();
    this.find(".approve").onclick = () => this.approve();
    this.find(".next").onclick = () => this.next();
    this.find(".arrived").onclick = () => this.showDraft();
  }

  /** @param {object} data what Python sent @param {object} component for triggers */
  update(data, component) {
    const hadDraft = this.data?.url === data.url && this.data.sentences.length > 0;
    const known = this.data?.url === data.url;
    Object.assign(this, { data, component, labels: data.labels });
    applyLabels(this.section, data.labels);
    if (!known) this.attach(data);
    this.arrivedNow = (known && !hadDraft && data.sentences.length > 0) || (known && this.arrivedNow);
    this.store.offer(data.sections, data.version, data.read_only);
    this.showFooter();
    this.showLanguage();
    this.refresh();
    this.fitHeight();
  }

  /** Change to another report: the store of the last one goes on saving by itself. */
  attach(data) {
    this.unwatch?.();
    this.store = storeFor(data.url, data.sections, data.version);
    this.unwatch = this.store.watch(() => this.refresh());
    this.buildFields();
    this.find(".draft").hidden = true;
    this.notice = "";
    this.shownState = "";
  }

  buildFields() {
    const area = (name, rows) => new TextArea({
      name, rows, label: this.labels[name], placeholders: this.data.placeholders,
      onEdit: (value) => this.edit(name, value), onCaret: (at) => this.onCaret(name, at),
    });
    this.areas = { indication: area("indication", 1), comparison: area("comparison", 1), technique: area("technique", 1), findings: area("findings", 8), impression: area("impression", 4) };
    for (const [name, one] of Object.entries(this.areas)) {
      one.ranges = (text) => this.standingIn(name, text)
        .filter(({ sentence }) => isAbout(sentence, chosenFinding()))
        .map((range) => ({ ...range, kind: "chosen" }));
    }
    const more = document.createElement("details");
    more.className = "more";
    more.append(document.createElement("summary"), this.field("comparison", true), this.field("technique", true));
    this.stateLine = document.createElement("span");
    this.stateLine.className = "saved-state";
    this.find(".fields").replaceChildren(this.field("indication", true), more, this.field("findings"), this.field("impression"));
    this.language = new LanguageChoice(this.labels.language, (code) => this.chooseLanguage(code));
    const heading = this.find(".field.findings .heading");
    heading.firstChild.after(this.language.element);
    heading.append(this.stateLine);
  }

  field(name, inline = false) {
    const field = document.createElement("div");
    field.className = `field ${name}${inline ? " inline" : ""}`;
    const label = document.createElement("label");
    label.htmlFor = `section-${name}`;
    label.textContent = this.labels[name];
    if (inline) field.append(label, this.areas[name].element);
    else {
      const heading = document.createElement("div");
      heading.className = "heading";
      heading.append(label);
      field.append(heading, this.areas[name].element);
    }
    return field;
  }

  // --- text and its sentences -------------------------------------------------------------------

  edit(name, value) {
    this.notice = "";
    this.store.edit(name, value);
    clearTimeout(this.pause);
  }

  standingIn(name, text) {
    return standing(text, this.data.sentences.filter(({ section }) => section === name));
  }

  onCaret(name, at) {
    const here = this.standingIn(name, this.store.text[name]).find(({ start, end }) => start <= at && at <= end);
    const sentence = here?.sentence ?? null;
    if (sentence === this.caretIn) return;
    this.caretIn = sentence;
    if (!sentence || isAbout(sentence, chosenFinding())) return;
    if (sentence.map || sentence.findings.length) chooseFinding(sentence.map || bestToShow(sentence.findings));
  }

  paint() {
    for (const area of Object.values(this.areas ?? {})) area.paint();
  }

  // --- showing ----------------------------------------------------------------------------------

  /** Bring the screen in line with the store. */
  refresh() {
    const { store, data } = this;
    const signed = data.read_only || store.state === "signed";
    for (const [name, area] of Object.entries(this.areas)) area.value = store.text[name];
    this.summarise();
    if (store.state === "conflict" && this.shownState !== "conflict") {
      this.find(".conflict").replaceChildren(...conflictView(store, this.labels));
    }
    if (signed) this.find(".signed").replaceChildren(...signedView(data.sections, this.unsaved(), this.labels));
    this.find(".conflict").hidden = signed || store.state !== "conflict";
    this.find(".signed").hidden = !signed;
    this.find(".fields").hidden = signed || store.state === "conflict";
    this.find(".approve").hidden = signed;
    this.find(".approve").disabled = !data.can_sign || store.state === "conflict";
    this.find(".checks").hidden = signed;
    this.offerDraft(signed);
    this.shownState = store.state;
    this.showState();
    this.announceSave();
  }

  /** What was typed and the signed report does not hold. */
  unsaved() {
    const { store, data } = this;
    if (!store.dirty) return {};
    return Object.fromEntries(Object.entries(store.text).filter(([name, text]) => text !== (data.sections[name] ?? "")));
  }

  summarise() {
    const summary = this.find("details.more summary");
    const { comparison, technique } = this.store.text;
    const words = [comparison, technique].map((text) => text.trim().replace(/\s+/g, " ")).filter(Boolean).join(" · ");
    const name = document.createElement("b");
    name.textContent = this.labels.folded;
    summary.replaceChildren(name, words ? `  ${words}` : "");
  }

  showState() {
    if (!this.store) return;
    const { words, trouble } = savedState(this.store, this.labels, this.data.typed);
    const shown = this.notice && this.store.dirty ? `${words}. ${this.notice}` : words;
    if (this.stateLine.textContent === shown) return;
    // Only trouble is spoken: "saved 3 s ago" every second would drown everything else.
    this.stateLine.setAttribute("aria-live", trouble ? "polite" : "off");
    this.stateLine.classList.toggle("trouble", trouble);
    this.stateLine.textContent = shown;
  }

  showFooter() {
    const { data, labels } = this;
    const approve = this.find(".approve");
    approve.title = data.can_sign ? labels.approve_title : labels.cannot_sign;
    this.find(".checks").textContent = data.checks.text;
    this.find(".checks").classList.toggle("open", data.checks.count > 0);
    this.find(".reveal").hidden = !data.draft_hidden;
    this.find(".pdf").href = data.pdf_url;
  }

  /** Screen readers and spelling follow the language of the text. */
  showLanguage() {
    const { language, languages, translations } = this.data;
    this.language.show(languages, language);
    for (const part of [this.find(".signed"), ...Object.values(this.areas).map((area) => area.input)]) part.lang = language;
    this.find(".translations").replaceChildren(...translationLinks(translations, this.labels));
  }

  /** A draft that is not in the text is offered, never put in. */
  offerDraft(signed) {
    const { sentences, typed } = this.data;
    const written = typed || this.store.dirty || this.store.savedAt;
    const used = sentences.some(({ text, section }) => this.store.text[section]?.includes(text));
    const link = this.find(".arrived");
    link.hidden = signed || !sentences.length || used || !written;
    link.textContent = this.arrivedNow ? this.labels.draft_arrived : this.labels.draft_heading;
    if (link.hidden && signed) this.find(".draft").hidden = true;
  }

  showDraft() {
    const panel = this.find(".draft");
    const close = () => { panel.hidden = true; };
    const insert = (section, text) => this.areas[section]?.append(text);
    panel.replaceChildren(...draftView(this.data.sentences, this.labels, insert, close));
    panel.hidden = !panel.hidden;
  }

  /** Take the column's height less what stands above this editor in it. */
  fitHeight() {
    const top = (element) => element.getBoundingClientRect().top;
    const above = this.column ? Math.max(0, top(this.host) - top(this.column)) : 0;
    if (this.data) this.section.style.height = `calc(${this.data.height} - ${above}px)`;
  }

  // --- what follows -----------------------------------------------------------------------------

  onKey(event) {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
    if (document.querySelector('[role="dialog"]')) return;
    const act = { KeyS: () => this.approve(), KeyN: () => this.next() }[event.code];
    if (!act) return;
    event.preventDefault();
    act();
  }

  approve() {
    if (!this.data.can_sign || this.data.read_only || this.store.state === "signed") return undefined;
    return this.afterSaving(() => this.component.setTriggerValue("sign", { version: this.store.version }));
  }

  /** The page reveals the draft once the server holds what was written before it. */
  reveal() {
    if (this.data?.draft_hidden) this.afterSaving(() => this.component.setTriggerValue("reveal", {}));
    return this.data?.draft_hidden;
  }

  next() {
    return this.afterSaving(() => this.component.setTriggerValue("next", { version: this.store.version }));
  }

  /** The page puts drafted words into the language; typed ones stay, so they are saved first. */
  async chooseLanguage(language) {
    await this.afterSaving(() => this.component.setTriggerValue("language", { language }));
    this.language.show(this.data.languages, this.data.language);
  }

  async afterSaving(act) {
    if (this.acting) return;
    this.acting = true;
    const safe = this.store.state === "signed" || (await this.store.flush());
    this.acting = false;
    this.notice = safe ? "" : this.labels.unsaved_action;
    if (safe) act();
    this.showState();
  }

  /** Tell the page of a save once the reader pauses, where the page asked for it. */
  announceSave() {
    const { store, data } = this;
    if (!data.report_saves || store.state !== "clean" || !store.savedAt || store.savedAt === this.announced) return;
    clearTimeout(this.pause);
    this.pause = setTimeout(() => {
      this.announced = store.savedAt;
      this.component.setTriggerValue("saved", { version: store.version });
    }, PAUSE_MS);
  }

  destroy() {
    this.listeners.abort();
    this.observer.disconnect();
    this.stopChoice();
    this.stopReveal();
    clearInterval(this.clock);
    clearTimeout(this.pause);
    this.unwatch?.();
  }
}

/** Whether a sentence belongs to what is chosen: its own map, or a finding that it states. */
function isAbout(sentence, chosen) {
  return chosen !== null && (sentence.map === chosen || sentence.findings.includes(chosen));
}

export default function (component) {
  return mountOnce(component, (first) => new ReportEditor(first));
}
