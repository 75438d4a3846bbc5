/**
 * Keeps one report's text on the server. Knows nothing of the screen, and outlives it: a text that
 * is not saved when its page goes away is tried again until it is.
 *
 * Nothing is written to the browser's own storage: a report must not stay behind on a shared
 * machine.
 */

const QUIET_MS = 600;
const LONGEST_MS = 1500;
const BACKOFF_MS = [500, 1000, 2000, 4000, 5000];
const ANSWER_WITHIN_MS = 15000;
const KEEPALIVE_LIMIT = 60000;

const stores = new Map();

/** The store of a report: the one still holding unsaved text, or a new one. */
export function storeFor(url, sections, version) {
  const waiting = stores.get(url);
  if (waiting && (waiting.dirty || waiting.watchers.size)) return waiting;
  const store = new ReportStore(url, sections, version);
  stores.set(url, store);
  return store;
}

/**
 * @typedef {"clean" | "pending" | "saving" | "unreachable" | "refused" | "conflict" | "signed"} State
 */
export class ReportStore {
  constructor(url, sections, version) {
    Object.assign(this, { url, version, text: { ...sections }, saved: { ...sections } });
    /** @type {State} */
    this.state = "clean";
    this.savedAt = this.message = this.theirs = this.timer = this.request = null;
    this.failures = this.dirtySince = 0;
    this.attempted = new Set();
    this.watchers = new Set();
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    const soon = () => { if (this.state === "unreachable") this.save(); };
    window.addEventListener("online", soon, { signal });
    window.addEventListener("focus", soon, { signal });
    window.addEventListener("pagehide", () => this.flushOnExit(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden && this.dirty && this.save(), { signal });
    window.addEventListener("beforeunload", (event) => { if (this.dirty) event.preventDefault(); }, { signal });
  }

  /** @param {() => void} onChange @returns {() => void} stop watching */
  watch(onChange) {
    this.watchers.add(onChange);
    return () => {
      this.watchers.delete(onChange);
      if (this.dirty) this.save(); else this.retireIfDone();
    };
  }

  tell(state = this.state) {
    this.state = state;
    for (const onChange of [...this.watchers]) onChange();
  }

  /** Without a reader and without unsaved text there is nothing left to do. */
  retireIfDone() {
    if (this.watchers.size || this.dirty) return;
    this.listeners.abort();
    clearTimeout(this.timer);
    if (stores.get(this.url) === this) stores.delete(this.url);
  }

  get dirty() { return !same(this.text, this.saved); }

  /** Whether saving goes on by itself; a conflict or a signature needs the reader. */
  get stopped() { return this.state === "conflict" || this.state === "signed"; }

  edit(section, value) {
    this.text[section] = value;
    if (this.stopped) return this.tell();
    if (!this.dirty) {
      this.dirtySince = 0;
      if (!this.request) this.tell("clean");
      return;
    }
    this.dirtySince ||= Date.now();
    if (this.state !== "unreachable") {
      this.schedule(Math.min(QUIET_MS, this.dirtySince + LONGEST_MS - Date.now()));
      if (!this.request) this.state = "pending";
    }
    this.tell();
  }

  /**
   * A text from the server, by way of a rerun of the page.
   * Typed text is never replaced; late words meet a report that was opened again as a conflict.
   */
  offer(sections, version, readOnly) {
    if (version <= this.version) return;
    if (this.state === "signed" && !readOnly) {
      Object.assign(this, { theirs: { ...sections }, theirVersion: version });
      this.tell("conflict");
    } else if (!this.dirty && !this.request && !this.stopped) {
      Object.assign(this, { version, text: { ...sections }, saved: { ...sections } });
      this.tell("clean");
    }
  }

  schedule(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), Math.max(0, wait));
  }

  /** Save what is typed; one request at a time, the newest text last. */
  async save() {
    clearTimeout(this.timer);
    if (this.stopped) return;
    if (this.request) return this.request;
    if (!this.dirty) return;
    this.dirtySince = 0;
    const sent = { ...this.text };
    this.request = this.put(sent);
    this.tell(this.state === "unreachable" ? "unreachable" : "saving");
    const outcome = await this.request;
    this.request = null;
    this.settle(outcome, sent);
  }

  async put(sections, version = this.version) {
    const body = JSON.stringify({ sections, version });
    this.attempted.add(JSON.stringify(sections));
    try {
      const response = await fetch(this.url, {
        method: "PUT",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json" },
        // A request that is under way when the page goes must not be cut off.
        keepalive: body.length < KEEPALIVE_LIMIT,
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
        body,
      });
      return { status: response.status, answer: await response.json().catch(() => ({})) };
    } catch {
      return { status: 0, answer: {} };
    }
  }

  settle({ status, answer }, sent) {
    const error = answer.error ?? {};
    if (status >= 200 && status < 300) this.onSaved(sent, answer.version ?? this.version + 1);
    else if (status === 409 && error.code === "report_signed") this.stop("signed", error);
    else if (status === 409 && error.theirs) this.onStale(error);
    else if (status === 507) this.retryLater("refused", error);
    else if (status === 0 || status === 408 || status === 429 || status >= 500) this.retryLater("unreachable");
    else if (status === 401 || status === 403) this.retryLater("refused", error);
    else this.stop("refused", error);
  }

  onSaved(sent, version) {
    Object.assign(this, { version, saved: sent, savedAt: Date.now(), failures: 0, message: null });
    this.attempted.clear();
    if (this.dirty) {
      this.schedule(QUIET_MS);
      return this.tell("pending");
    }
    this.tell("clean");
    this.retireIfDone();
  }

  onStale({ theirs, version }) {
    const served = { ...this.text, ...theirs };
    for (const attempt of this.attempted) {
      // Our own save reached the server and only its answer was lost: nobody else wrote.
      if (same(JSON.parse(attempt), served)) {
        Object.assign(this, { version, saved: served });
        return this.dirty ? this.save() : this.onSaved(served, version);
      }
    }
    Object.assign(this, { theirs: served, theirVersion: version });
    this.tell("conflict");
  }

  retryLater(state, error = {}) {
    const wait = BACKOFF_MS[Math.min(this.failures, BACKOFF_MS.length - 1)];
    this.failures += 1;
    this.message = error.message ?? null;
    this.schedule(wait);
    this.tell(state);
  }

  stop(state, error) {
    this.message = error.message ?? null;
    this.tell(state);
  }

  /** End a conflict with this text, which then stands on the server's newest version. */
  resolve(sections) {
    Object.assign(this, { version: this.theirVersion, saved: this.theirs, text: { ...sections }, theirs: null });
    this.attempted.clear();
    this.state = "pending";
    if (!this.dirty) return this.tell("clean");
    return this.save();
  }

  /** Save now. @returns {Promise<boolean>} whether the server holds the text */
  async flush() {
    for (let round = 0; round < 3 && this.dirty && !this.stopped; round++) {
      await (this.request ?? this.save());
      await Promise.resolve();
      if (this.state === "unreachable" || this.state === "refused") break;
    }
    return !this.dirty && this.state !== "conflict";
  }

  /** The page goes away. A save under way will raise the version by one, so build on that. */
  flushOnExit() {
    if (!this.dirty || this.stopped) return;
    this.put({ ...this.text }, this.request ? this.version + 1 : this.version);
  }
}

function same(a, b) {
  return Object.keys({ ...a, ...b }).every((name) => (a[name] ?? "") === (b[name] ?? ""));
}
