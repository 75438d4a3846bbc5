/**
 * The chosen finding, shared by viewer, panel and editor without a word to the server.
 * `overread:choose` fixes it, `overread:preview` follows the pointer for a moment.
 */

const CHOOSE = "overread:choose";
const PREVIEW = "overread:preview";

// Each component is a module of its own: what all three must know stands on the window.
const shared = (window.overread ??= { chosen: null, withMaps: [] });

/** @returns {string | null} */
export function chosenFinding() {
  return shared.chosen;
}

/** @param {string | null} finding */
export function chooseFinding(finding) {
  window.dispatchEvent(new CustomEvent(CHOOSE, { detail: { finding } }));
}

/** @param {string | null} finding */
export function previewFinding(finding) {
  window.dispatchEvent(new CustomEvent(PREVIEW, { detail: { finding } }));
}

/** @param {string[]} findings those that the viewer has a map for */
export function announceMaps(findings) {
  shared.withMaps = findings;
}

/** The first finding with a map, else the first. @param {string[]} findings */
export function bestToShow(findings) {
  return findings.find((name) => shared.withMaps.includes(name)) ?? findings[0] ?? null;
}

/**
 * @param {(finding: string | null) => void} onChoose
 * @param {(finding: string | null) => void} [onPreview]
 * @returns {() => void} stop listening
 */
export function listenToChoice(onChoose, onPreview = () => {}) {
  const chosen = (event) => {
    shared.chosen = event.detail?.finding ?? null;
    onChoose(shared.chosen);
  };
  const previewed = (event) => onPreview(event.detail?.finding ?? null);
  window.addEventListener(CHOOSE, chosen);
  window.addEventListener(PREVIEW, previewed);
  return () => {
    window.removeEventListener(CHOOSE, chosen);
    window.removeEventListener(PREVIEW, previewed);
  };
}
