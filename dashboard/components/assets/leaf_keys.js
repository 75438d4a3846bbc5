/** Arrow keys turn leaves, wherever the focus is, unless somebody types. */

import { isTyping, mountOnce } from "./lifecycle.js";

const TURNS = { ArrowLeft: -1, ArrowRight: 1 };

class LeafKeys {
  constructor() {
    // Before the buttons of a group, which keep arrows for themselves.
    this.onKey = (event) => this.turn(event);
    this.onPointer = () => { this.pointed = true; };
    this.pointed = !document.activeElement?.matches(":focus-visible");
    document.addEventListener("keydown", this.onKey, true);
    document.addEventListener("pointerdown", this.onPointer, true);
  }

  update(_data, component) {
    this.component = component;
  }

  turn(event) {
    if (event.key === "Tab") this.pointed = false;
    const step = TURNS[event.key];
    const held = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey;
    if (!step || held || event.repeat || this.arrowsBelongElsewhere()) return;
    event.preventDefault();
    event.stopPropagation();
    this.component.setTriggerValue("turn", step);
  }

  /** Who came to a group of buttons by the keyboard moves in it by arrows, who pressed one does not. */
  arrowsBelongElsewhere() {
    const group = document.activeElement?.closest("[role=radiogroup], [role=tablist]");
    return (group && !this.pointed) || (isTyping() && !isClosedChoice());
  }

  destroy() {
    document.removeEventListener("keydown", this.onKey, true);
    document.removeEventListener("pointerdown", this.onPointer, true);
  }
}

/** A box of choices that was just used has the focus and no text that arrows could move in. */
function isClosedChoice() {
  const element = document.activeElement;
  return element.getAttribute("role") === "combobox"
    && element.getAttribute("aria-expanded") !== "true";
}

export default function (component) {
  return mountOnce(component, () => new LeafKeys());
}
