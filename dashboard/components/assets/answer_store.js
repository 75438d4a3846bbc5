/**
 * Keeps one answer on the server while it is typed, and goes on trying when the server is away.
 * The newest answer holds; nothing is written to the browser's own storage.
 */

const QUIET_MS = 400;
const BACKOFF_MS = [500, 1000, 2000, 4000, 5000];
const ANSWER_WITHIN_MS = 15000;
const KEEPALIVE_LIMIT = 60000;

const stores = new Map();

/** The store of a read; one that this page has holds more than the server does. */
export function answerStore(read) {
  const key = `${read.url} ${read.case} ${read.session}`;
  // After a commit, the same case may be read again.
  if (stores.get(key)?.over) stores.delete(key);
  if (!stores.has(key)) stores.set(key, new AnswerStore(read));
  return stores.get(key);
}

class AnswerStore {
  /** @param {{url: string, case: number, session: number | null, answer: object}} read */
  constructor(read) {
    this.read = read;
    this.answer = structuredClone(read.answer);
    this.saved = JSON.stringify(this.answer);
    /** @type {"clean" | "saving" | "unreachable" | "refused"} */
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
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), QUIET_MS);
    this.tell(this.dirty ? "saving" : "clean");
  }

  /** The commit holds the answer now: nothing more is kept. */
  finish() {
    clearTimeout(this.timer);
    this.over = true;
  }

  async save() {
    if (!this.dirty || this.request) return;
    const sent = JSON.stringify(this.answer);
    this.request = this.send();
    const { status, message } = await this.request;
    this.request = null;
    if (status >= 200 && status < 300) {
      Object.assign(this, { saved: sent, failures: 0, savedAt: Date.now() });
      if (this.dirty) this.later(QUIET_MS);
      this.tell(this.dirty ? "saving" : "clean");
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

  async send() {
    const { url, case: case_, session } = this.read;
    const body = JSON.stringify({ case: case_, session, answer: this.answer });
    try {
      const response = await fetch(url, {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json" },
        // A request that is under way when the page goes must not be cut off.
        keepalive: body.length < KEEPALIVE_LIMIT,
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
        body,
      });
      const said = await response.json().catch(() => ({}));
      return { status: response.status, message: said.error?.message ?? "" };
    } catch {
      return { status: 0, message: "" };
    }
  }

  tell(state) {
    this.state = state;
    this.onChange();
  }
}
