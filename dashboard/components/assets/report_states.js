/** What the editor shows beside the text: saved state, conflict, arrived draft, signed report. */

import { fill } from "./lifecycle.js";

/**
 * @param {object} store
 * @param {Record<string, string>} labels
 * @param {boolean} typed whether a reader had typed before this page was opened
 * @returns {{words: string, trouble: boolean}}
 */
export function savedState(store, labels, typed) {
  const trouble = {
    unreachable: labels.unreachable,
    refused: fill(labels.refused, { message: store.message ?? "" }),
    conflict: labels.conflicting,
    signed: labels.signed,
  }[store.state];
  if (trouble) return { words: trouble, trouble: true };
  if (store.state !== "clean") return { words: labels.saving, trouble: false };
  if (!store.savedAt) return { words: typed ? labels.saved : labels.untyped, trouble: false };
  return { words: ago(Math.floor((Date.now() - store.savedAt) / 1000), labels), trouble: false };
}

function ago(seconds, labels) {
  if (seconds < 60) return fill(labels.saved_seconds, { count: seconds });
  if (seconds < 3600) return fill(labels.saved_minutes, { count: Math.floor(seconds / 60) });
  return fill(labels.saved_hours, { count: Math.floor(seconds / 3600) });
}

/**
 * Both texts side by side for every section that differs; the reader's own can be edited here.
 * @param {object} store in the state "conflict"
 */
export function conflictView(store, labels) {
  const names = Object.keys(store.text).filter((name) => store.text[name] !== store.theirs[name]);
  const sections = names.flatMap((name) => {
    const mine = element("textarea", "", { value: store.text[name], ariaLabel: `${labels.mine}: ${labels[name]}` });
    mine.addEventListener("input", () => store.edit(name, mine.value));
    const theirs = element("div", "text", { textContent: store.theirs[name] || labels.empty });
    const sides = element("div", "sides");
    sides.append(heading(`${labels[name]} · ${labels.mine}`), heading(labels.theirs), mine, theirs);
    return [sides];
  });
  const actions = element("div", "actions");
  actions.append(
    button(labels.keep_mine, "keep primary", () => store.resolve(store.text)),
    button(labels.take_theirs, "take", () => store.resolve(store.theirs)),
  );
  return [
    element("h2", "", { textContent: labels.conflict_heading }),
    element("p", "meta", { textContent: labels.conflict_hint }),
    ...sections,
    actions,
  ];
}

/**
 * The drafted text by section, with one button each that appends it to the reader's own.
 * @param {{text: string, section: string}[]} sentences
 * @param {(section: string, text: string) => void} insert
 */
export function draftView(sentences, labels, insert, close) {
  const names = [...new Set(sentences.map(({ section }) => section))];
  const sections = names.flatMap((name) => {
    const text = sentences.filter(({ section }) => section === name).map((one) => one.text).join(" ");
    return [
      heading(labels[name] ?? name),
      element("div", "text", { textContent: text }),
      button(labels.draft_insert, "insert", () => insert(name, text)),
    ];
  });
  const actions = element("div", "actions");
  actions.append(button(labels.close, "close", close));
  return [element("h2", "", { textContent: labels.draft_heading }), ...sections, actions];
}

/**
 * A signed report as set text; words typed too late stay below, to be copied.
 * @param {Record<string, string>} sections as signed
 * @param {Record<string, string>} unsaved typed words that the signed report does not hold
 */
export function signedView(sections, unsaved, labels) {
  const set = (texts, name) => Object.entries(texts).filter(([, text]) => text.trim()).flatMap(([section, text]) => [
    heading(labels[section]),
    element("div", name, { textContent: text }),
  ]);
  const late = Object.keys(unsaved).length ? [element("p", "meta", { textContent: labels.signed })] : [];
  return [...set(sections, "text"), ...late, ...set(unsaved, "text own")];
}

function heading(words) {
  return element("h3", "", { textContent: words });
}

function button(words, className, act) {
  const made = element("button", className, { type: "button", textContent: words });
  made.addEventListener("click", act);
  return made;
}

function element(tag, className, properties = {}) {
  return Object.assign(document.createElement(tag), { className }, properties);
}
