/** The viewer: which film, which tool, and when to draw. */

import { chooseFinding, chosenFinding } from "./choice.js";
import { FilmState, scaleBar } from "./film_view.js";
import { dragFactor, listenToKeys, listenToPointer } from "./gestures.js";
import { applyLabels, fill, mountOnce } from "./lifecycle.js";
import { MapLayer } from "./map_layer.js";
import { MarkLayer } from "./mark_layer.js";
import { FetchFailure, filmPixels } from "./pixels.js";
import { Renderer } from "./render.js";

const PROGRESS_EVERY_MS = 100;

class Viewer {
  constructor({ parentElement }) {
    this.find = (selector) => parentElement.querySelector(selector);
    this.section = this.find(".viewer");
    this.frame = this.find(".frame");
    this.canvas = this.find(".frame > canvas");
    this.renderer = new Renderer(this.canvas);
    this.states = new Map();
    this.films = [];
    this.index = this.frameAsked = 0;
    this.levels = this.pointer = this.again = null;
    this.layer = new MapLayer(this.section, {
      film: () => this.film,
      goTo: (instanceId) => this.openFilm(this.films.findIndex((film) => film.instance_id === instanceId)),
      draw: () => this.draw(),
      notify: (text, again) => { if (this.levels) this.notify(text, again); },
      focus: () => this.frame.focus(),
    });
    this.marks = new MarkLayer(this.section, this);
    this.bind();
    this.renderer.resize();
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.frame);
  }

  bind() {
    listenToPointer(this.canvas, this);
    this.stopKeys = listenToKeys(this.section, this);
    for (const name of ["invert", "reset", "actual", "retry"]) {
      this.find(`[data-action="${name}"]`).onclick = () => this[name]();
    }
    for (const button of this.toolButtons) button.onclick = () => this.setTool(button.dataset.tool);
    this.setTool("window");
  }

  /** @param {object} data what Python sent: films, maps, marks or nothing, height, labels */
  update({ films, maps, marks, height, labels }) {
    const addresses = (list) => list.map((film) => film.url).join();
    const sameFilms = films.length > 0 && addresses(this.films) === addresses(films);
    Object.assign(this, { films, labels });
    this.section.style.height = height;
    applyLabels(this.section, labels);
    if (!sameFilms) {
      this.states.clear();
      if (chosenFinding()) chooseFinding(null);
      this.listFilms();
      this.openFilm(0);
    }
    this.layer.update(maps, labels);
    this.marks.update(marks ?? null, labels);
  }

  // --- films ------------------------------------------------------------------------------------

  get film() { return this.films[this.index]; }

  /** Zoom and window of the film on show. */
  get state() {
    if (!this.film) return null;
    if (!this.states.has(this.film.url)) this.states.set(this.film.url, new FilmState(this.film));
    return this.states.get(this.film.url);
  }

  listFilms() {
    const tabs = this.films.length < 2 ? [] : this.films.map((film, index) => {
      const tab = document.createElement("button");
      Object.assign(tab, { type: "button", textContent: film.label, title: this.labels.film_title });
      tab.setAttribute("role", "tab");
      tab.onclick = () => this.openFilm(index);
      return tab;
    });
    this.find(".films").replaceChildren(...tabs);
  }

  async openFilm(index) {
    if (index < 0) return;
    this.index = index;
    this.levels = null;
    this.find(".phantom").hidden = !this.film?.phantom;
    [...this.find(".films").children].forEach((tab, i) => tab.setAttribute("aria-selected", String(i === index)));
    this.draw();
    if (!this.film) return this.notify(this.labels.no_film);
    this.notify("");
    await this.load(this.film);
    this.layer.show();
  }

  /** Show the film once its pixels are here, unless the reader has gone on to another. */
  async load(film) {
    const fetching = filmPixels(film);
    const report = () => {
      const percent = Math.floor(100 * fetching.progress);
      if (this.film === film) this.notify(fill(this.labels.loading, { percent }));
    };
    const timer = setInterval(report, PROGRESS_EVERY_MS);
    try {
      const levels = await fetching.promise;
      if (this.film !== film) return;
      this.levels = levels;
      this.notify("");
      if (this.state.fitted) this.state.fit(this.canvas);
      this.draw();
      this.fetchAhead();
    } catch (failure) {
      if (this.film === film) this.notify(this.failureText(failure), () => this.openFilm(this.index));
    } finally {
      clearInterval(timer);
    }
  }

  /** The next film while the reader looks at this one; a failure shows when it is opened. */
  fetchAhead() {
    const next = this.films[this.index + 1];
    if (next) filmPixels(next).promise.catch(() => {});
  }

  failureText(failure) {
    if (!(failure instanceof FetchFailure)) return fill(this.labels.undrawable, { message: failure.message });
    return fill(this.labels[failure.reason], failure.facts);
  }

  stepFilm(step) {
    if (this.films[this.index + step]) this.openFilm(this.index + step);
  }

  // --- looking ----------------------------------------------------------------------------------

  get toolButtons() { return [...this.section.querySelectorAll("button[data-tool]")]; }

  setTool(tool) {
    this.tool = this.frame.dataset.tool = tool;
    for (const button of this.toolButtons) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
  }

  press(tool, at) { if (tool === "mark") this.marks.begin(at); }
  release(tool) { if (tool === "mark") this.marks.end(); }

  drag(tool, dx, dy, from) {
    if (tool === "mark") return this.marks.stretch(this.pointer);
    const ratio = window.devicePixelRatio || 1;
    this.change((state) => {
      if (tool === "window") state.windowBy(dx, dy);
      else if (tool === "pan") state.panBy(dx * ratio, dy * ratio);
      else state.zoomAt(from, dragFactor(dy));
    });
  }

  zoom(factor, point = this.pointer ?? this.middle) { this.change((state) => state.zoomAt(point, factor)); }
  actual() { this.change((state) => state.zoomAt(this.middle, 1 / state.scale)); }
  invert() { this.change((state) => { state.inverted = !state.inverted; }); }
  fit() { this.change((state) => state.fit(this.canvas)); }
  reset() { this.change((state) => { state.resetWindow(); state.fit(this.canvas); }); }
  retry() { this.again?.(); }
  toggleMap() { this.layer.toggle(); }
  stepMap(step, key) { if (!this.marks.moveBy(key)) this.layer.step(step); }
  place() { this.marks.place(); }
  removeMark() { this.marks.remove(); }
  markTool() { if (this.marks.editable) this.setTool("mark"); }
  chooseMapAt(position) { this.layer.chooseAt(position); }

  hover(point) {
    this.pointer = point;
    this.drawHud();
  }

  change(act) {
    if (!this.levels) return;
    act(this.state);
    this.draw();
  }

  get middle() {
    return { x: this.canvas.width / 2, y: this.canvas.height / 2 };
  }

  /** The place of a mouse event on the canvas in device pixels. */
  pointOf(event) {
    const box = this.canvas.getBoundingClientRect();
    const ratio = this.canvas.width / box.width;
    return { x: (event.clientX - box.left) * ratio, y: (event.clientY - box.top) * ratio };
  }

  // --- drawing ----------------------------------------------------------------------------------

  resize() {
    if (!this.renderer.resize()) return;
    // States of films that are not on show are fitted when they are opened.
    if (this.state?.fitted) this.state.fit(this.canvas);
    this.drawNow();
  }

  /** Many changes, one picture per frame of the screen. */
  draw() {
    this.frameAsked ||= requestAnimationFrame(() => { this.frameAsked = 0; this.drawNow(); });
  }

  drawNow() {
    const { film, levels, state, layer } = this;
    if (!levels) this.renderer.clear();
    else {
      const { visible: map, opacity, threshold } = layer;
      this.renderer.draw({ film, levels, view: state, window: state.window, map, opacity, threshold });
      this.markPainted(film);
    }
    this.find('[data-action="invert"]').setAttribute("aria-pressed", String(Boolean(state?.inverted)));
    this.marks.draw();
    this.drawHud();
    this.drawScale();
  }

  /** When a film is on the screen for the first time, for whoever measures. */
  markPainted({ url }) {
    if (this.painted === url) return;
    this.painted = url;
    performance.mark("film-painted");
  }

  drawHud() {
    const { state, levels, pointer } = this;
    const under = levels && pointer && state.probe(pointer, levels[0].pixels);
    const look = levels ? `W ${Math.round(state.width)}  L ${Math.round(state.center)}  ${Math.round(100 * state.scale)} %` : "";
    this.find(".hud").textContent = look + (under ? `  (${under.x}, ${under.y}) = ${under.value}` : "");
  }

  drawScale() {
    const bar = this.levels && scaleBar(this.state, this.frame.clientWidth, window.devicePixelRatio || 1);
    const element = this.find(".scale");
    element.hidden = !bar;
    if (!bar) return;
    element.style.width = `${bar.pixels}px`;
    element.firstElementChild.textContent = `${bar.mm} mm`;
  }

  /** @param {string} text nothing hides the notice @param {Function | null} again for its button */
  notify(text, again = null) {
    this.again = again;
    const notice = this.find(".notice");
    notice.hidden = !text;
    notice.classList.toggle("over-film", Boolean(this.levels));
    notice.querySelector("p").textContent = text;
    notice.querySelector("button").hidden = !again;
  }

  destroy() {
    this.observer.disconnect();
    this.stopKeys();
    this.layer.stop();
    this.marks.stop();
    cancelAnimationFrame(this.frameAsked);
  }
}

export default function (component) {
  return mountOnce(component, (first) => new Viewer(first));
}
