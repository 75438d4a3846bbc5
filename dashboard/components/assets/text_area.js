/** A plain text area with marks behind its words; the browser keeps its own undo. */

const MOVES = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"]);
const OPEN_SIDE = "[side]";

export class TextArea {
  /**
   * @param {{name: string, label: string, placeholders?: string[], onEdit: (value: string) => void, onCaret: (at: number) => void}} options
   */
  constructor({ name, label, rows, placeholders = [OPEN_SIDE], onEdit, onCaret }) {
    this.placeholder = new RegExp(placeholders.map(literally).join("|"), "g");
    this.element = document.createElement("div");
    this.element.className = "area";
    this.behind = document.createElement("div");
    this.behind.className = "behind";
    this.behind.setAttribute("aria-hidden", "true");
    this.input = document.createElement("textarea");
    Object.assign(this.input, { id: `section-${name}`, name, rows, spellcheck: true });
    this.input.setAttribute("aria-label", label);
    this.element.append(this.behind, this.input);
    this.input.addEventListener("input", () => onEdit(this.input.value));
    this.input.addEventListener("scroll", () => this.followScroll());
    // Going to a sentence chooses it; typing does not: no map may cover the film unasked.
    const here = () => onCaret(this.input.selectionStart);
    this.input.addEventListener("click", here);
    this.input.addEventListener("keyup", ({ key }) => { if (MOVES.has(key)) here(); });
    this.ranges = () => [];
  }

  /** Show the text; writing the same value again would throw the undo history away. */
  set value(text) {
    if (this.input.value !== text) this.input.value = text;
    this.paint();
  }

  /** Put text at the end the way typing does, so that it can be undone. */
  append(text) {
    const { input } = this;
    input.focus();
    input.setSelectionRange(input.value.length, input.value.length);
    const separate = input.value && !/\s$/.test(input.value) ? "\n" : "";
    if (document.execCommand("insertText", false, separate + text)) return;
    input.setRangeText(separate + text);
    input.dispatchEvent(new Event("input"));
  }

  /** Lay marks under the words: `ranges` gives those of the chosen finding. */
  paint() {
    const text = this.input.value;
    const placeholders = [...text.matchAll(this.placeholder)].map((match) => (
      { start: match.index, end: match.index + match[0].length, kind: "placeholder" }
    ));
    const pieces = cut(text, [...this.ranges(text), ...placeholders]);
    this.behind.replaceChildren(...pieces.map(({ words, kinds }) => {
      if (!kinds.length) return document.createTextNode(words);
      const mark = document.createElement("mark");
      mark.className = kinds.join(" ");
      mark.textContent = words;
      return mark;
    }), "\n");
    this.followScroll();
  }

  followScroll() {
    this.behind.scrollTop = this.input.scrollTop;
    this.behind.scrollLeft = this.input.scrollLeft;
  }
}

function literally(text) {
  return text.replace(/[[\]/(){}.*+?^$|\\]/g, "\\$&");
}

/** Cut the text where a range begins or ends; each piece knows the ranges that cover it. */
function cut(text, ranges) {
  const borders = [0, text.length, ...ranges.flatMap(({ start, end }) => [start, end])];
  const sorted = [...new Set(borders)].sort((a, b) => a - b);
  return sorted.slice(1).map((end, i) => ({
    words: text.slice(sorted[i], end),
    kinds: ranges.filter((range) => range.start <= sorted[i] && range.end >= end).map(({ kind }) => kind),
  }));
}

/**
 * Where the drafted sentences still stand word for word.
 * @param {string} text
 * @param {{text: string, section: string, findings: string[]}[]} sentences of this section
 */
export function standing(text, sentences) {
  return sentences.flatMap((sentence) => {
    const start = sentence.text ? text.indexOf(sentence.text) : -1;
    return start < 0 ? [] : [{ start, end: start + sentence.text.length, sentence }];
  });
}
