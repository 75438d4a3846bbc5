/** The conversation of one study as the server keeps it, and the answers that are on their way. */

const POLL_MS = 700;
// The line after an answer's text; while it is coming it is no text to be read.
const LAST_LINE = '{"question_id"';

const BEGUN = { state: "asked", text: "", evidence: [], error: null, reader: "" };
const OPEN = new Set(["asked", "answering"]);

export class ChatStore {
  /** @param {string} url of the conversation @param {(change: object) => void} onChange */
  constructor(url, onChange) {
    Object.assign(this, { url, onChange });
    this.items = [];
    this.refusal = "";
    this.closed = false;
  }

  get pending() { return this.items.find((item) => OPEN.has(item.state)); }

  /** Fetch everything; goes on asking while an answer is being written elsewhere. */
  async load() {
    clearTimeout(this.timer);
    try {
      const answer = await fetch(this.url, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const { items } = await answer.json();
      if (this.closed || this.streaming || this.pending?.question_id === 0) return;
      this.items = items;
      this.unreached = false;
    } catch {
      this.unreached = true;
    }
    if (this.closed) return;
    this.onChange({});
    if (this.pending || this.unreached) this.timer = setTimeout(() => this.load(), POLL_MS);
  }

  /**
   * Send a question and follow its answer.
   * @param {object} question body of the request
   * @returns {Promise<boolean>} whether it was taken
   */
  async ask(question) {
    this.refusal = "";
    // It stands there at once; its number comes with the answer.
    this.items = [...this.items, { ...question, ...BEGUN, question_id: 0 }];
    this.onChange({ added: true });
    let answer;
    try {
      answer = await fetch(this.url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(question),
      });
    } catch {
      return this.refuse("unreachable");
    }
    if (!answer.ok) {
      const { error } = await answer.json().catch(() => ({}));
      return this.refuse("", error ? `${error.message} ${error.remedy}` : String(answer.status));
    }
    this.follow(answer, { ...question, question_id: Number(answer.headers.get("X-Question-Id")) });
    return true;
  }

  refuse(label, text = "") {
    this.items = this.items.filter(({ question_id: number }) => number);
    this.refusal = { label, text };
    this.onChange({});
    return false;
  }

  /** Read the stream of an answer: its text, then one line of JSON with all of it. */
  async follow(answer, question) {
    const item = { ...question, ...BEGUN };
    this.items = [...this.items.filter(({ question_id: number }) => number && number !== item.question_id), item];
    this.streaming = true;
    this.onChange({ added: true });
    let received = "";
    try {
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        received += part.value;
        item.text = shownText(received);
        item.state = item.text ? "answering" : "asked";
        if (!this.closed) this.onChange({ grown: item });
      }
      const end = received.trimEnd().lastIndexOf("\n");
      Object.assign(item, JSON.parse(received.slice(end + 1)));
    } catch {
      this.refusal = { label: "lost", text: "" };
    }
    this.streaming = false;
    if (this.closed) return;
    this.onChange({ ended: item });
    if (OPEN.has(item.state)) this.load();
  }

  async stop() {
    const { pending } = this;
    if (!pending?.question_id) return;
    const root = this.url.slice(0, this.url.indexOf("/studies/"));
    await fetch(`${root}/questions/${pending.question_id}/stop`, { method: "POST" }).catch(() => {});
    if (!this.streaming) this.load();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
  }
}

/** What of a stream is text so far: the last line may be the beginning of the JSON. */
function shownText(received) {
  const at = received.lastIndexOf("\n") + 1;
  const last = received.slice(at);
  const ending = last.startsWith(LAST_LINE) || (last && LAST_LINE.startsWith(last));
  return ending ? received.slice(0, Math.max(0, at - 1)) : received.replace(/\n$/, "");
}
