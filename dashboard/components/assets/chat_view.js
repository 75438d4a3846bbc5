/** One question with its answer as elements. Every word is text, never markup. */

import { fill } from "./lifecycle.js";

const ON_THE_FILM = new Set(["map", "attention"]);

/**
 * @param {object} item one exchange as the API gives it
 * @param {Record<string, string>} labels
 * @param {(finding: string) => void} choose lights a map in the viewer
 */
export function exchangeView(item, labels, choose) {
  const view = element("article", "exchange");
  view.dataset.question = item.question_id;
  view.append(asked(item, labels), element("p", "answer"));
  updateView(view, item, labels, choose);
  return view;
}

/** Bring a view in line with its exchange, which may have grown. */
export function updateView(view, item, labels, choose) {
  view.dataset.state = item.state;
  view.querySelector(".answer").textContent = item.text;
  for (const part of view.querySelectorAll(".failure, .explanation, .grounds, .foot")) part.remove();
  if (item.error) view.append(element("p", "failure", `${item.error.message} ${item.error.remedy}`));
  if (item.audience === "patient" && item.text) view.append(element("p", "explanation", labels.explanation));
  if (item.evidence.length) view.append(grounds(item.evidence, labels, choose));
  view.append(foot(item, labels));
}

/** What a search looks through. */
export function searchedText(item, labels) {
  const words = [item.message, item.whole_report ? labels.explained : "", item.text];
  return folded(words.join(" "));
}

export function folded(text) {
  return text.normalize("NFC").toLocaleLowerCase();
}

function asked(item, labels) {
  const line = element("div", "asked");
  line.append(element("span", "words", item.whole_report ? labels.explained : item.message));
  if (item.audience === "patient") line.append(element("span", "tag", labels.patient));
  return line;
}

function grounds(evidence, labels, choose) {
  const line = element("div", "grounds");
  for (const item of evidence.filter(({ ground }) => ON_THE_FILM.has(ground))) {
    if (!item.choose) continue;
    const button = element("button", "", item.label);
    Object.assign(button, { type: "button", title: labels.show_map });
    button.dataset.choose = item.choose;
    button.onclick = () => choose(item.choose);
    line.append(button);
  }
  // A map on the film says already which finding it is of.
  const lit = new Set(evidence.filter(({ ground, choose: key }) => ground === "map" && key).map(({ reference }) => reference));
  const others = evidence.filter(({ ground, reference, choose: key }) => (
    ON_THE_FILM.has(ground) ? !key : ground !== "finding" || !lit.has(reference)
  ));
  if (others.length) line.append(element("span", "", `${labels.rests_on}:`));
  others.forEach((item, at) => {
    const ground = element("span", "ground", item.label + (at < others.length - 1 ? " ·" : ""));
    if (item.source) ground.title = item.source;
    line.append(ground);
  });
  return line;
}

function foot(item, labels) {
  const state = { asked: labels.asked, answering: labels.answering, stopped: labels.stopped }[item.state];
  const when = item.asked_at ? new Date(item.asked_at).toLocaleString([], { dateStyle: "short", timeStyle: "short" }) : "";
  const seconds = !(item.seconds >= 0.05) ? "" : fill(labels.seconds, { seconds: item.seconds.toFixed(1) });
  const line = element("div", "foot");
  const parts = [state, item.model?.name, seconds, item.reader, when].filter(Boolean);
  parts.forEach((part, at) => {
    line.append(element("span", at === 0 && state ? "state" : "", at ? ` · ${part}` : part));
  });
  return line;
}

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.textContent = text;
  return made;
}
