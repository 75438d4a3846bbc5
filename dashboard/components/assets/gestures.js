/** Mouse and keys of the viewer, turned into calls on it. */

import { focusedElement, isTyping } from "./lifecycle.js";

const ZOOM_PER_PIXEL = 0.005;
const ZOOM_PER_WHEEL = 0.0015;

/**
 * Left drag uses the chosen tool, middle or Shift pans, right zooms where the drag began.
 * @param {HTMLElement} surface
 * @param {object} viewer
 */
export function listenToPointer(surface, viewer) {
  let drag = null;
  surface.addEventListener("pointerdown", (event) => {
    drag = { tool: toolOf(event, viewer.tool), x: event.clientX, y: event.clientY, at: viewer.pointOf(event) };
    surface.setPointerCapture(event.pointerId);
    viewer.press(drag.tool, drag.at);
  });
  surface.addEventListener("pointermove", (event) => {
    viewer.hover(viewer.pointOf(event));
    if (!drag) return;
    viewer.drag(drag.tool, event.clientX - drag.x, event.clientY - drag.y, drag.at);
    drag.x = event.clientX;
    drag.y = event.clientY;
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    surface.addEventListener(end, () => {
      if (drag) viewer.release(drag.tool);
      drag = null;
    });
  }
  surface.addEventListener("pointerleave", () => viewer.hover(null));
  surface.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    viewer.zoom(Math.exp(-event.deltaY * lines * ZOOM_PER_WHEEL), viewer.pointOf(event));
  }, { passive: false });
  surface.addEventListener("contextmenu", (event) => event.preventDefault());
  surface.addEventListener("dblclick", () => viewer.fit());
  // Without this a middle click starts the browser's own scrolling.
  surface.addEventListener("mousedown", (event) => { if (event.button === 1) event.preventDefault(); });
}

function toolOf(event, chosen) {
  if (event.button === 1 || event.shiftKey) return "pan";
  return event.button === 2 ? "zoom" : chosen;
}

/** Drag distance up to a zoom factor: up enlarges. */
export function dragFactor(dy) {
  return Math.exp(-dy * ZOOM_PER_PIXEL);
}

const KEYS = {
  i: (viewer) => viewer.invert(),
  w: (viewer) => viewer.setTool("window"),
  z: (viewer) => viewer.setTool("zoom"),
  p: (viewer) => viewer.setTool("pan"),
  m: (viewer) => viewer.toggleMap(),
  k: (viewer) => viewer.markTool(),
  delete: (viewer) => viewer.removeMark(),
  backspace: (viewer) => viewer.removeMark(),
  "+": (viewer) => viewer.zoom(1.25),
  "=": (viewer) => viewer.zoom(1.25),
  "-": (viewer) => viewer.zoom(0.8),
};

// These keys also work a focused button, list or slider; there they are left alone.
const CONTROL_KEYS = {
  " ": (viewer) => viewer.reset(),
  Enter: (viewer) => viewer.place(),
  ArrowLeft: (viewer) => viewer.stepMap(-1, "ArrowLeft"),
  ArrowUp: (viewer) => viewer.stepMap(-1, "ArrowUp"),
  ArrowRight: (viewer) => viewer.stepMap(1, "ArrowRight"),
  ArrowDown: (viewer) => viewer.stepMap(1, "ArrowDown"),
  PageUp: (viewer) => viewer.stepFilm(-1),
  PageDown: (viewer) => viewer.stepFilm(1),
};

/**
 * Keys count while the pointer is over the viewer or the viewer has the focus, never while typing.
 * @param {HTMLElement} section
 * @param {object} viewer
 * @returns {() => void} stop listening
 */
export function listenToKeys(section, viewer) {
  const onKey = (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || isTyping()) return;
    const focused = focusedElement();
    if (!section.matches(":hover") && !section.contains(focused)) return;
    const act = actionOf(event.key, focused);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act(viewer);
  };
  // Capturing: a letter that works the film must not also reach a shortcut of the page.
  window.addEventListener("keydown", onKey, { capture: true });
  return () => window.removeEventListener("keydown", onKey, { capture: true });
}

function actionOf(key, focused) {
  if (/^[1-9]$/.test(key)) return (viewer) => viewer.chooseMapAt(Number(key) - 1);
  const onControl = focused?.matches("button, a[href], input, summary, [role='option'], [role='button']");
  return KEYS[key.toLowerCase()] ?? (onControl ? undefined : CONTROL_KEYS[key]);
}
