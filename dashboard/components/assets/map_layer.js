/** Which evidence map lies over the film, and how it looks. */

import { announceMaps, chooseFinding, chosenFinding, listenToChoice } from "./choice.js";
import { fill } from "./lifecycle.js";
import { mapValues } from "./pixels.js";
import { drawColourBar } from "./render.js";

const OPACITY = 0.4;
const THRESHOLD = 1 / 3;

export class MapLayer {
  /**
   * @param {HTMLElement} section of the viewer
   * @param {{film: () => object, goTo: (instanceId: number) => void, draw: () => void,
   *   notify: (text: string, again: Function | null) => void, focus: () => void}} viewer
   */
  constructor(section, viewer) {
    this.find = (selector) => section.querySelector(selector);
    this.viewer = viewer;
    this.labels = {};
    this.maps = [];
    this.findings = [];
    this.loaded = this.preview = null;
    this.hidden = this.failed = false;
    this.opacity = OPACITY;
    this.threshold = THRESHOLD;
    this.bindSlider(".opacity", "opacity");
    this.bindSlider(".threshold", "threshold");
    this.find("select.map").onchange = (event) => { chooseFinding(event.target.value || null); viewer.focus(); };
    this.stop = listenToChoice(
      (finding) => this.follow(finding),
      (finding) => { this.preview = finding; this.show(); },
    );
  }

  bindSlider(selector, property) {
    const slider = this.find(selector);
    slider.value = Math.round(this[property] * 100);
    slider.oninput = () => { this[property] = Number(slider.value) / 100; this.refresh(); };
  }

  /** @param {object[]} maps as Python sent them; they may have grown */
  update(maps, labels) {
    Object.assign(this, { maps, labels });
    this.findings = [...new Map(maps.map((map) => [map.finding, map.label]))];
    announceMaps(this.findings.map(([name]) => name));
    const options = [["", labels.no_map], ...this.findings].map(([name, label]) => new Option(label, name));
    const select = this.find("select.map");
    select.replaceChildren(...options);
    select.disabled = this.findings.length === 0;
    select.value = this.selectable(chosenFinding());
    for (const control of ["opacity", "threshold"]) this.find(`.${control}`).disabled = select.disabled;
    this.show();
  }

  selectable(finding) {
    return this.findings.some(([name]) => name === finding) ? finding : "";
  }

  follow(finding) {
    this.find("select.map").value = this.selectable(finding);
    this.hidden = false;
    this.preview = null;
    const having = this.maps.filter((map) => map.finding === finding);
    const here = having.some((map) => map.instance_id === this.viewer.film()?.instance_id);
    if (having.length && !here) this.viewer.goTo(having[0].instance_id);
    this.show();
  }

  chooseAt(position) {
    const name = this.findings[position]?.[0];
    if (name) chooseFinding(name === chosenFinding() ? null : name);
  }

  /** The next choice of the list, "none" included, round and round. */
  step(step) {
    const names = [null, ...this.findings.map(([name]) => name)];
    const at = Math.max(0, names.indexOf(chosenFinding()));
    chooseFinding(names[(at + step + names.length) % names.length]);
  }

  toggle() {
    this.hidden = !this.hidden;
    this.refresh();
  }

  get wanted() {
    const finding = this.preview ?? chosenFinding();
    const film = this.viewer.film();
    return this.maps.find((map) => map.finding === finding && map.instance_id === film?.instance_id);
  }

  /** What the renderer is to lay over the film, or nothing. */
  get visible() {
    return this.hidden || this.loaded?.url !== this.wanted?.url ? null : this.loaded;
  }

  async show() {
    const { wanted } = this;
    if (this.failed) this.viewer.notify("", null);
    this.failed = false;
    this.refresh();
    if (!wanted || this.loaded?.url === wanted.url) return;
    const stillWanted = () => this.wanted?.url === wanted.url;
    try {
      const values = await mapValues(wanted.url);
      if (stillWanted()) this.loaded = { url: wanted.url, ...values };
      this.refresh();
    } catch {
      if (!stillWanted()) return;
      this.failed = true;
      this.viewer.notify(fill(this.labels.map_failed, { finding: wanted.label }), () => this.show());
    }
  }

  refresh() {
    this.drawLegend();
    this.viewer.draw();
  }

  drawLegend() {
    const legend = this.find(".legend");
    const map = this.hidden ? null : this.wanted;
    const chosen = this.findings.find(([name]) => name === chosenFinding())?.[1];
    const missing = chosen && !this.hidden ? fill(this.labels.map_missing, { finding: chosen }) : "";
    legend.hidden = !map && !missing;
    legend.classList.toggle("attention", Boolean(map && !map.validated));
    legend.classList.toggle("missing", !map);
    legend.querySelector(".title").textContent = map?.title ?? missing;
    drawColourBar(legend.querySelector(".bar"), this.threshold);
  }
}
