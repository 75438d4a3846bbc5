/**
 * Keeps one answer on the server while it is typed, and goes on trying when the server is away.
 * The newest answer holds, unless another window of the same trainee kept one that this window has
 * not seen: then the trainee chooses. Nothing is written to the browser's own storage.
 */

const QUIET_MS = 400;
const BACKOFF_MS = [500, 1000, 2000, 4000, 5000];
const ANSWER_WITHIN_MS = 15000;
const SETTLE_WITHIN_MS = 5000;
const KEEPALIVE_LIMIT = 60000;

const stores = new Map();

// Not randomUUID, which a page has on https and on this machine alone.
const WINDOW = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** The store of a read; one that this page has holds more than the server does. */
export function answerStore(read) {
  const key = [read.url, read.trainee, read.case, read.session].join(" ");
  const known = stores.get(key);
  // After a commit, the same case may be read again; and another window may have gone on with it.
  if (known?.over || (known && !known.dirty && read.version > known.version)) stores.delete(key);
  if (!stores.has(key)) stores.set(key, new AnswerStore(read));
  return stores.get(key);
}

class AnswerStore {
  /** @param {{url: string, trainee: number, case: number, session: number | null, version: number, answer: object}} read */
  constructor(read) {
    this.read = read;
    this.answer = structuredClone(read.answer);
    this.saved = JSON.stringify(this.answer);
    this.version = read.version;
    /** @type {{answer: object, version: number} | null} what another window kept */
    this.theirs = null;
    /** @type {"clean" | "saving" | "unreachable" | "refused" | "changed"} */
    this.state = "clean";
    this.message = "";
    this.savedAt = null;
    this.failures = 0;
    this.over = false;
    this.onChange = () => {};
    window.addEventListener("pagehide", () => { if (this.dirty) this.send(); });
    window.addEventListener("online", () => { if (this.dirty) this.save(); });
  }

  get dirty() { return !this.over && JSON.stringify(this.answer) !== this.saved; }

  /** @param {object} answer the whole of it */
  keep(answer) {
    this.answer = structuredClone(answer);
    this.over = false;
    if (this.theirs) return;
    this.later(QUIET_MS);
    this.tell(this.dirty ? "saving" : "clean");
  }

  /** Go on with what the other window kept. @returns {object} that answer */
  takeTheirs() {
    this.answer = structuredClone(this.theirs.answer);
    this.saved = JSON.stringify(this.answer);
    this.version = this.theirs.version;
    this.theirs = null;
    this.tell("clean");
    return this.answer;
  }

  /** Write over what the other window kept. */
  keepMine() {
    this.version = this.theirs.version;
    this.theirs = null;
    // The other window's may be what was saved here before.
    this.saved = null;
    this.tell("saving");
    this.save();
  }

  /** Before a commit: whether no other window kept something that was not seen here. */
  async settle() {
    clearTimeout(this.timer);
    if (this.request) await this.request;
    if (!this.theirs) this.hear(JSON.stringify(this.answer), await this.send(SETTLE_WITHIN_MS));
    return !this.theirs;
  }

  /** The commit holds the answer now: nothing more is kept. */
  finish() {
    clearTimeout(this.timer);
    this.over = true;
  }

  async save() {
    if (!this.dirty || this.request || this.theirs) return;
    const sent = JSON.stringify(this.answer);
    this.request = this.send();
    const said = await this.request;
    this.request = null;
    this.hear(sent, said);
  }

  hear(sent, { status, said }) {
    const message = said.error?.message ?? "";
    if (status >= 200 && status < 300) {
      Object.assign(this, { saved: sent, failures: 0, savedAt: Date.now(), version: said.version });
      if (this.dirty) this.later(QUIET_MS);
      this.tell(this.dirty ? "saving" : "clean");
    } else if (said.error?.code === "changed_elsewhere") {
      this.theirs = { answer: said.answer, version: said.version };
      this.tell("changed");
    } else if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
      this.message = message;
      this.tell("refused");
    } else {
      this.later(BACKOFF_MS[Math.min(this.failures++, BACKOFF_MS.length - 1)]);
      this.tell("unreachable");
    }
  }

  later(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  async send(within = ANSWER_WITHIN_MS) {
    const { url, trainee, case: case_, session } = this.read;
    const place = { trainee, case: case_, session, version: this.version, window: WINDOW };
    const body = JSON.stringify({ ...place, answer: this.answer });
    try {
      const response = await fetch(url, {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json" },
        // A request that is under way when the page goes must not be cut off.
        keepalive: body.length < KEEPALIVE_LIMIT,
        signal: AbortSignal.timeout(within),
        body,
      });
      const said = await response.json().catch(() => ({}));
      return { status: response.status, said };
    } catch {
      return { status: 0, said: {} };
    }
  }

  tell(state) {
    this.state = state;
    this.onChange();
  }
}
