/** An addendum to a signed report: one text that saves itself, and its signature. */

import { applyLabels, mountOnce } from "./lifecycle.js";
import { savedState } from "./report_states.js";
import { storeFor } from "./report_store.js";
import { TextArea } from "./text_area.js";

class AddendumEditor {
  constructor({ parentElement }) {
    this.find = (selector) => parentElement.querySelector(selector);
    this.clock = setInterval(() => this.showState(), 1000);
    this.find(".sign").onclick = () => this.sign();
  }

  /** @param {object} data what Python sent @param {object} component for triggers */
  update(data, component) {
    const known = this.data?.url === data.url;
    Object.assign(this, { data, component, labels: data.labels });
    applyLabels(this.find(".addendum"), data.labels);
    if (!known) this.attach(data);
    this.store.offer(data.sections, data.version, false);
    this.refresh();
  }

  attach(data) {
    this.unwatch?.();
    this.store = storeFor(data.url, data.sections, data.version);
    this.unwatch = this.store.watch(() => this.refresh());
    this.area = new TextArea({
      name: "addendum",
      label: this.labels.addendum,
      rows: 4,
      onEdit: (value) => this.store.edit("addendum", value),
      onCaret: () => {},
    });
    this.find(".place").replaceChildren(this.area.element);
  }

  refresh() {
    if (this.store.state === "conflict") {
      // Only one text, and the reader's own words are on the screen: they win, the others follow.
      const theirs = this.store.theirs.addendum;
      const mine = this.store.text.addendum;
      this.merged = true;
      this.store.resolve({ addendum: theirs && theirs !== mine ? `${mine}\n${theirs}` : mine });
      return;
    }
    this.area.value = this.store.text.addendum;
    this.find(".sign").disabled = !this.store.text.addendum.trim();
    this.showState();
  }

  showState() {
    if (!this.store) return;
    const { words, trouble } = savedState(this.store, this.labels, this.data.version > 0);
    this.find(".saved-state").textContent = this.store.text.addendum ? words : "";
    this.find(".saved-state").classList.toggle("trouble", trouble);
  }

  async sign() {
    if (this.signing) return;
    this.signing = true;
    this.merged = false;
    const safe = await this.store.flush();
    this.signing = false;
    // Words of another window came in meanwhile: they are to be read before they are signed.
    if (safe && !this.merged) this.component.setTriggerValue("sign", { version: this.store.version });
  }

  destroy() {
    clearInterval(this.clock);
    this.unwatch?.();
  }
}

export default function (component) {
  return mountOnce(component, (first) => new AddendumEditor(first));
}
