/**
 * Streamlit calls the module's default function again whenever the data changes, and hands it a
 * cleanup only for the unmount. A call that was overtaken while the module was loading is cleaned
 * up at once; so a cleanup counts only if no later call has come for the same element.
 */

const mounted = new WeakMap();

/**
 * @param {{parentElement: ShadowRoot, data: object}} component
 * @param {(component: object) => {update: Function, destroy: Function}} create
 * @returns {() => void} cleanup for Streamlit
 */
export function mountOnce(component, create) {
  const host = component.parentElement;
  const entry = mounted.get(host) ?? { instance: create(component), call: 0 };
  mounted.set(host, entry);
  const call = ++entry.call;
  entry.instance.update(component.data, component);
  return () => setTimeout(() => {
    if (entry.call !== call || mounted.get(host) !== entry) return;
    mounted.delete(host);
    entry.instance.destroy();
  }, 0);
}

/**
 * Put the words that Python sent into the markup: `data-label` is the text of an element,
 * `data-label-title` and `data-label-aria` name its title and accessible name.
 * @param {ParentNode} root
 * @param {Record<string, string>} labels
 */
export function applyLabels(root, labels) {
  for (const element of root.querySelectorAll("[data-label], [data-label-title], [data-label-aria]")) {
    const { label, labelTitle, labelAria } = element.dataset;
    if (label) element.textContent = labels[label];
    if (labelTitle) element.title = labels[labelTitle];
    if (labelAria) element.setAttribute("aria-label", labels[labelAria]);
  }
}

/**
 * @param {string} template sentence with `{name}` placeholders
 * @param {Record<string, unknown>} values
 */
export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** The element that has the focus, through every shadow root. */
export function focusedElement() {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}

const UNTYPED_INPUTS = new Set(["range", "checkbox", "radio", "button", "submit", "reset", "file", "color"]);

/** Whether keys belong to a text field now. */
export function isTyping() {
  const element = focusedElement();
  if (!element) return false;
  if (element.tagName === "INPUT") return !UNTYPED_INPUTS.has(element.type);
  return element.tagName === "TEXTAREA" || element.tagName === "SELECT" || element.isContentEditable;
}
