/**
 * Draw a film on a 2-D canvas in three steps, so that a window drag repeats only the last one:
 * sample the film on the screen's grid, sample the map on it, colour both.
 */

/* global MAP_COLOURS: the table that Python puts before the sources */

const RAMP = 0.15;
const OPAQUE_BLACK = 0xff000000;

export class Renderer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.greys = { key: "", table: new Uint8Array(65536) };
    this.blend = { key: "", weights: new Uint16Array(256) };
    this.filmKey = "";
    this.mapKey = "";
  }

  /** Match the canvas to its box in device pixels. @returns {boolean} whether the size changed */
  resize() {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    const height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
    if (this.image && this.canvas.width === width && this.canvas.height === height) return false;
    this.canvas.width = width;
    this.canvas.height = height;
    this.image = new ImageData(width, height);
    this.out = new Uint32Array(this.image.data.buffer);
    this.film = new Uint16Array(width * height);
    this.map = new Uint8Array(width * height);
    this.filmKey = this.mapKey = "";
    return true;
  }

  clear() {
    this.out.fill(OPAQUE_BLACK);
    this.context.putImageData(this.image, 0, 0);
  }

  /**
   * @param {object} scene film (url, rows, columns), levels, view, window, map and its look
   */
  draw(scene) {
    const { film, view } = scene;
    const place = [film.url, view.scale, view.x, view.y].join();
    const area = visibleArea(film, view, this.canvas);
    if (this.filmKey !== place) {
      sample(levelFor(scene.levels, view.scale), film, view, area, this.canvas.width, this.film);
      this.filmKey = place;
    }
    if (scene.map && this.mapKey !== `${place},${scene.map.url}`) {
      const { values, rows, columns } = scene.map;
      sample({ pixels: values, rows, columns }, film, view, area, this.canvas.width, this.map);
      this.mapKey = `${place},${scene.map.url}`;
    }
    this.updateGreys(scene.window);
    this.out.fill(OPAQUE_BLACK);
    if (scene.map) this.colourWithMap(area, scene); else this.colour(area);
    this.context.putImageData(this.image, 0, 0);
  }

  updateGreys(window) {
    const key = [window.center, window.width, window.shape, window.inverted].join();
    if (this.greys.key === key) return;
    fillGreys(this.greys.table, window);
    this.greys.key = key;
  }

  colour({ left, right, top, bottom }) {
    const { out, film, greys: { table } } = this;
    for (let y = top; y < bottom; y++) {
      const row = y * this.canvas.width;
      for (let i = row + left; i < row + right; i++) out[i] = OPAQUE_BLACK | (table[film[i]] * 0x010101);
    }
  }

  colourWithMap({ left, right, top, bottom }, { opacity, threshold }) {
    this.updateBlend(opacity, threshold);
    const { out, film, map, greys: { table }, blend: { weights } } = this;
    for (let y = top; y < bottom; y++) {
      const row = y * this.canvas.width;
      for (let i = row + left; i < row + right; i++) {
        const grey = table[film[i]];
        const over = weights[map[i]];
        const under = (256 - over) * grey;
        const colour = map[i] * 3;
        const red = (under + over * MAP_COLOURS[colour]) >> 8;
        const green = (under + over * MAP_COLOURS[colour + 1]) >> 8;
        const blue = (under + over * MAP_COLOURS[colour + 2]) >> 8;
        out[i] = OPAQUE_BLACK | (blue << 16) | (green << 8) | red;
      }
    }
  }

  updateBlend(opacity, threshold) {
    const key = `${opacity},${threshold}`;
    if (this.blend.key === key) return;
    for (let value = 0; value < 256; value++) {
      this.blend.weights[value] = Math.round(256 * mapOpacity(value / 255, opacity, threshold));
    }
    this.blend.key = key;
  }
}

/** Nothing below the threshold, then a soft ramp: a hard edge would look like a border in the lung. */
function mapOpacity(value, opacity, threshold) {
  if (value < threshold) return 0;
  const t = Math.min(1, (value - threshold) / RAMP);
  return opacity * t * t * (3 - 2 * t);
}

/** Paint the colour table, dark where the map is hidden. @param {HTMLCanvasElement} bar */
export function drawColourBar(bar, threshold) {
  const context = bar.getContext("2d");
  for (let x = 0; x < bar.width; x++) {
    const value = Math.round((255 * x) / (bar.width - 1));
    const [red, green, blue] = MAP_COLOURS.subarray(3 * value, 3 * value + 3);
    context.fillStyle = value / 255 < threshold ? "#161b22" : `rgb(${red} ${green} ${blue})`;
    context.fillRect(x, 0, 1, bar.height);
  }
}

/** Window functions of DICOM PS3.3 C.11.2.1.2.1 and C.11.2.1.3. */
function fillGreys(table, { center, width, shape, inverted }) {
  const exact = shape !== "LINEAR";
  const middle = exact ? center : center - 0.5;
  const span = Math.max(exact ? width : width - 1, 1e-6);
  for (let value = 0; value < table.length; value++) {
    const x = (value - middle) / span;
    const grey = shape === "SIGMOID" ? 1 / (1 + Math.exp(-4 * x)) : Math.min(1, Math.max(0, x + 0.5));
    table[value] = Math.round(255 * (inverted ? 1 - grey : grey));
  }
}

function levelFor(levels, scale) {
  const level = Math.floor(Math.log2(1 / scale) + 0.3);
  return levels[Math.max(0, Math.min(levels.length - 1, level))];
}

/** The part of the canvas that the film covers, in whole device pixels, right and bottom excluded. */
function visibleArea(film, view, canvas) {
  const clamp = (value, limit) => Math.max(0, Math.min(limit, Math.round(value)));
  return {
    left: clamp(-view.x * view.scale, canvas.width),
    right: clamp((film.columns - view.x) * view.scale, canvas.width),
    top: clamp(-view.y * view.scale, canvas.height),
    bottom: clamp((film.rows - view.y) * view.scale, canvas.height),
  };
}

/** Bilinear sampling of `source`, which covers the whole film, into the area of `target`. */
function sample({ pixels, rows, columns }, film, view, area, width, target) {
  const across = axis(area.left, area.right, view.x, view.scale, columns / film.columns, columns);
  const down = axis(area.top, area.bottom, view.y, view.scale, rows / film.rows, rows);
  for (let y = area.top; y < area.bottom; y++) {
    const near = down.near[y - area.top] * columns;
    const far = down.far[y - area.top] * columns;
    const below = down.part[y - area.top];
    for (let x = 0, i = y * width + area.left; x < across.near.length; x++, i++) {
      const l = across.near[x];
      const r = across.far[x];
      const part = across.part[x];
      const upper = pixels[near + l] + (pixels[near + r] - pixels[near + l]) * part;
      const lower = pixels[far + l] + (pixels[far + r] - pixels[far + l]) * part;
      target[i] = upper + (lower - upper) * below + 0.5;
    }
  }
}

/** Along one axis: the two neighbours of every screen pixel's centre and the share of the second. */
function axis(from, to, offset, scale, ratio, length) {
  const count = Math.max(0, to - from);
  const near = new Int32Array(count);
  const far = new Int32Array(count);
  const part = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const position = ((from + i + 0.5) / scale + offset) * ratio - 0.5;
    const inside = Math.max(0, Math.min(length - 1, position));
    near[i] = Math.floor(inside);
    far[i] = Math.min(length - 1, near[i] + 1);
    part[i] = inside - near[i];
  }
  return { near, far, part };
}
