/** Fetch, check and keep what the viewer draws: 16-bit films and 8-bit maps. */

const FILMS_KEPT = 4;
const MAPS_KEPT = 32;
const SMALLEST_LEVEL = 256;

/** Why a film or a map cannot be shown; `reason` is a label, `facts` fill it. */
export class FetchFailure extends Error {
  constructor(reason, facts = {}) {
    super(reason);
    this.reason = reason;
    this.facts = facts;
  }
}

/** Promises by address, oldest out first; a failed one is forgotten so that it can be tried again. */
class Kept {
  constructor(limit) {
    this.limit = limit;
    this.entries = new Map();
  }

  get(url, load) {
    const known = this.entries.get(url);
    if (known) {
      this.entries.delete(url);
      this.entries.set(url, known);
      return known;
    }
    const entry = { progress: 0, promise: null };
    entry.promise = load((progress) => { entry.progress = progress; });
    entry.promise.catch(() => this.entries.delete(url));
    this.entries.set(url, entry);
    if (this.entries.size > this.limit) this.entries.delete(this.entries.keys().next().value);
    return entry;
  }
}

const films = new Kept(FILMS_KEPT);
const maps = new Kept(MAPS_KEPT);

/**
 * @param {{url: string, rows: number, columns: number}} film
 * @returns {{progress: number, promise: Promise<Level[]>}} full size first, then halves
 * @typedef {{pixels: Uint16Array, rows: number, columns: number}} Level
 */
export function filmPixels(film) {
  return films.get(film.url, async (onProgress) => {
    const bytes = await receive(film.url, film.rows * film.columns * 2, onProgress);
    return pyramid(littleEndian(bytes), film.rows, film.columns);
  });
}

/**
 * @param {string} url
 * @returns {Promise<{values: Uint8Array, rows: number, columns: number}>}
 */
export function mapValues(url) {
  return maps.get(url, async () => {
    const response = await request(url);
    const bitmap = await createImageBitmap(await response.blob(), { colorSpaceConversion: "none" });
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const rgba = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
    const values = new Uint8Array(bitmap.width * bitmap.height);
    for (let i = 0; i < values.length; i++) values[i] = rgba[4 * i];
    return { values, rows: bitmap.height, columns: bitmap.width };
  }).promise;
}

async function request(url) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin" });
  } catch {
    throw new FetchFailure("unreachable");
  }
  if (!response.ok) throw new FetchFailure("refused", { status: response.status });
  return response;
}

/** Read the body into one buffer of the expected size; progress counts unpacked bytes. */
async function receive(url, expected, onProgress) {
  const reader = (await request(url)).body.getReader();
  const bytes = new Uint8Array(expected);
  let received = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true }));
    if (done) break;
    if (received + value.length <= expected) bytes.set(value, received);
    received += value.length;
    onProgress(Math.min(1, received / expected));
  }
  if (received !== expected) throw new FetchFailure("truncated", { received, expected });
  return bytes;
}

function littleEndian(bytes) {
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] === 1) return new Uint16Array(bytes.buffer);
  const view = new DataView(bytes.buffer);
  return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => view.getUint16(2 * i, true));
}

/** Halve by means of 2 x 2 until the short side is small: shrinking by picking would alias ribs. */
function pyramid(pixels, rows, columns) {
  const levels = [{ pixels, rows, columns }];
  for (let last = levels[0]; Math.min(last.rows, last.columns) >= 2 * SMALLEST_LEVEL; last = levels.at(-1)) {
    levels.push(halved(last));
  }
  return levels;
}

function halved({ pixels, rows, columns }) {
  const half = { rows: rows >> 1, columns: columns >> 1 };
  const out = new Uint16Array(half.rows * half.columns);
  for (let y = 0, o = 0; y < half.rows; y++) {
    for (let x = 0, i = 2 * y * columns; x < half.columns; x++, i += 2, o++) {
      out[o] = (pixels[i] + pixels[i + 1] + pixels[i + columns] + pixels[i + columns + 1] + 2) >> 2;
    }
  }
  return { pixels: out, ...half };
}
