/** R reveals a hidden draft; while somebody types, Alt+R does. */

import { isTyping } from "./lifecycle.js";

/**
 * @param {() => boolean} act does what the key is for and says whether there was something to do
 * @returns {() => void} stop listening
 */
export function listenToReveal(act) {
  const onKey = (event) => {
    if (event.code !== "KeyR" || event.ctrlKey || event.metaKey || event.shiftKey || event.repeat) return;
    if ((!event.altKey && isTyping()) || document.querySelector('[role="dialog"]') || !act()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  // Capturing: the same letter has the page run again by a shortcut of Streamlit's own.
  window.addEventListener("keydown", onKey, { capture: true });
  return () => window.removeEventListener("keydown", onKey, { capture: true });
}
