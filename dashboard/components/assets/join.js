/** Joining: the form goes to the server by itself, so that the answer can set the cookie. */

import { applyLabels, mountOnce } from "./lifecycle.js";

class Join {
  constructor({ parentElement }) {
    this.find = (selector) => parentElement.querySelector(selector);
    this.section = this.find(".join");
    this.form = this.find("form");
    this.form.onsubmit = (event) => { event.preventDefault(); this.join(); };
    this.find(".begin").onclick = () => begin(this.session);
    this.find(".leave").onclick = () => this.leave();
  }

  /** @param {object} data nickname of one who is in, a code from the address, labels */
  update({ nickname, code, labels }) {
    this.labels = labels;
    applyLabels(this.section, labels);
    if (nickname) this.form.elements.nickname.value = nickname;
    if (code && !this.form.elements.code.value) this.form.elements.code.value = code;
    this.find(".of-nickname").hidden = this.find(".lead").hidden = this.find("details").hidden = Boolean(nickname);
    this.find(".leave").hidden = !nickname;
  }

  async join() {
    const { code, nickname, return_words: words } = this.form.elements;
    const button = this.find("button[type=submit]");
    button.disabled = true;
    button.textContent = this.labels.joining;
    const said = await post("/join", { code: code.value, nickname: nickname.value, return_words: words.value });
    button.disabled = false;
    button.textContent = this.labels.join;
    if (!said.ok) return this.refuse(said.message || this.labels.unreachable);
    this.session = said.session;
    if (!said.return_words) return begin(said.session);
    this.form.hidden = true;
    this.find(".joined").hidden = false;
    this.find("output").textContent = said.return_words;
    this.find(".begin").focus();
    return undefined;
  }

  refuse(message) {
    const line = this.find(".refused");
    line.hidden = false;
    line.textContent = message;
  }

  async leave() {
    await post("/leave", {});
    begin();
  }

  destroy() {}
}

async function post(url, body) {
  try {
    const response = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const said = await response.json().catch(() => ({}));
    const { message = "", remedy = "" } = said.error ?? {};
    return { ...said, ok: response.ok, message: `${message} ${remedy}`.trim() };
  } catch {
    return { ok: false, message: "" };
  }
}

/**
 * The page anew: its connection must carry the cookie, and its address no code.
 * @param {number | undefined} session that was joined last; the server asks whether it was
 */
function begin(session) { window.location.assign(session ? `/?session=${session}` : "/"); }

export default function (component) {
  return mountOnce(component, (first) => new Join(first));
}
