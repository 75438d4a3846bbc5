/**
 * Marks on a film, between the viewer, where they are drawn, and the answer, which keeps them.
 * The answer owns the list and announces it; the viewer asks for a mark to be added or taken away.
 *
 * @typedef {{finding: string, x: number, y: number, width: number, height: number}} Mark
 *   in pixels of the film, upper left corner; a click has no width and no height
 */

const LIST = "overread:marks";
const WISH = "overread:mark-wish";

// Each component is a module of its own: what both must know stands on the window.
const onWindow = (window.overread ??= { chosen: null, withMaps: [] });

/** The marks of a film as announced last. @param {string} film its address @returns {Mark[]} */
export function marksOf(film) {
  return onWindow.marks?.film === film ? onWindow.marks.list : [];
}

/** @param {string} film @param {Mark[]} list */
export function announceMarks(film, list) {
  onWindow.marks = { film, list };
  window.dispatchEvent(new Event(LIST));
}

/** @param {() => void} onChange @returns {() => void} stop listening */
export function listenToMarks(onChange) {
  window.addEventListener(LIST, onChange);
  return () => window.removeEventListener(LIST, onChange);
}

/** @param {{film: string, add?: Mark, remove?: number}} wish */
export function wishMark(wish) {
  window.dispatchEvent(new CustomEvent(WISH, { detail: wish }));
}

/** @param {(wish: object) => void} onWish @returns {() => void} stop listening */
export function listenToWishes(onWish) {
  const heard = (event) => onWish(event.detail);
  window.addEventListener(WISH, heard);
  return () => window.removeEventListener(WISH, heard);
}
