/** In which language a report is, and what it can be translated into once it is signed. */

import { fill } from "./lifecycle.js";

/** A small choice beside a heading; hidden where there is nothing to choose. */
export class LanguageChoice {
  /** @param {string} label @param {(code: string) => void} onChoose */
  constructor(label, onChoose) {
    this.element = Object.assign(document.createElement("select"), { className: "language", title: label });
    this.element.setAttribute("aria-label", label);
    this.element.addEventListener("change", () => onChoose(this.element.value));
  }

  /** @param {Record<string, string>} languages what each calls itself, by code @param {string} chosen */
  show(languages, chosen) {
    const options = Object.entries(languages).map(([code, name]) => new Option(name, code));
    for (const option of options) option.lang = option.value;
    this.element.replaceChildren(...options);
    this.element.value = chosen;
    this.element.hidden = options.length < 2;
  }
}

/**
 * Links to the sheets of translations.
 * @param {{language: string, url: string}[]} translations
 * @param {Record<string, string>} labels
 */
export function translationLinks(translations, labels) {
  return translations.map(({ language, url }) => Object.assign(document.createElement("a"), {
    className: "pdf",
    target: "_blank",
    rel: "noopener",
    href: url,
    textContent: fill(labels.translation, { language }),
    title: labels.translation_title,
  }));
}
