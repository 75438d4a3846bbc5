/** How one film is shown: place, size and window. Kept per film while the reader changes films. */

const SMALLEST = 0.02;
const LARGEST = 32;

export class FilmState {
  /**
   * `x`, `y` is the film's position at the upper left corner of the canvas, in pixels of the film;
   * `scale` is device pixels per pixel of the film.
   * @param {object} film as Python sent it
   */
  constructor(film) {
    this.film = film;
    this.inverted = false;
    this.fitted = true;
    Object.assign(this, { scale: 1, x: 0, y: 0 });
    this.resetWindow();
  }

  resetWindow() {
    this.center = this.film.window_center;
    this.width = Math.max(1, this.film.window_width);
    this.inverted = false;
  }

  /** @param {{width: number, height: number}} canvas in device pixels */
  fit(canvas) {
    const { rows, columns } = this.film;
    this.scale = Math.min(canvas.width / columns, canvas.height / rows);
    this.x = (columns - canvas.width / this.scale) / 2;
    this.y = (rows - canvas.height / this.scale) / 2;
    this.fitted = true;
  }

  /** Zoom so that the film's point under `point` (device pixels) stays there. */
  zoomAt(point, factor) {
    const scale = Math.max(SMALLEST, Math.min(LARGEST, this.scale * factor));
    this.x += point.x / this.scale - point.x / scale;
    this.y += point.y / this.scale - point.y / scale;
    this.scale = scale;
    this.fitted = false;
  }

  panBy(dx, dy) {
    this.x -= dx / this.scale;
    this.y -= dy / this.scale;
    this.fitted = false;
  }

  /**
   * Dragging across the frame about doubles the window: the step belongs to the film's own width.
   * @param {number} dx, dy in CSS pixels; up is brighter
   */
  windowBy(dx, dy) {
    const step = Math.max(1, this.film.window_width) / 600;
    this.width = Math.max(1, this.width + dx * step);
    this.center += dy * step;
  }

  /** A point of the canvas as a place on the film, kept inside it; fractions of a pixel stay. */
  toFilm(point) {
    const { rows, columns } = this.film;
    const inside = (value, most) => Math.max(0, Math.min(most, value));
    return { x: inside(point.x / this.scale + this.x, columns), y: inside(point.y / this.scale + this.y, rows) };
  }

  /** A place on the film as a point of the canvas, in device pixels. */
  toCanvas({ x, y }) {
    return { x: (x - this.x) * this.scale, y: (y - this.y) * this.scale };
  }

  /** Value and place of the film under a point of the canvas, or nothing beside the film. */
  probe(point, pixels) {
    const x = Math.floor(point.x / this.scale + this.x);
    const y = Math.floor(point.y / this.scale + this.y);
    const { rows, columns } = this.film;
    if (x < 0 || y < 0 || x >= columns || y >= rows) return null;
    return { x, y, value: pixels[y * columns + x] };
  }

  /** The window as the renderer wants it; MONOCHROME1 means that low values are bright. */
  get window() {
    return {
      center: this.center,
      width: this.width,
      shape: this.film.window_function,
      inverted: this.inverted !== this.film.monochrome1,
    };
  }
}

/**
 * A round length for the scale bar of at most a sixth of the frame.
 * @returns {{mm: number, pixels: number} | null} `pixels` are CSS pixels
 */
export function scaleBar(state, cssWidth, ratio) {
  if (!state.film.spacing_mm) return null;
  const pixelsPerMm = state.scale / state.film.spacing_mm[1] / ratio;
  const most = cssWidth / 6 / pixelsPerMm;
  const decade = 10 ** Math.floor(Math.log10(most));
  const mm = [5, 2, 1].map((step) => step * decade).find((length) => length <= most) ?? decade;
  return { mm, pixels: mm * pixelsPerMm };
}
