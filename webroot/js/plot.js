// A uPlot chart in a box of the page: follows the box's size, the colour scheme and the printer,
// and lets arrow keys move the cursor.

const PRINT_WIDTH = 680;

export const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Plot {
  #host;
  #make;
  #onCursor;
  #plot = null;
  #data = null;
  #size = { width: 0, height: 0 };
  #printing = false;

  /**
   * @param host the element it fills
   * @param make returns uPlot's options but size and cursor; called again whenever colours change
   * @param onCursor called with the index of the point under the cursor, or null
   */
  constructor(host, make, onCursor) {
    this.#host = host;
    this.#make = make;
    this.#onCursor = onCursor;
    new ResizeObserver(([{ contentRect }]) => {
      if (!this.#printing) this.#resize(Math.floor(contentRect.width), Math.floor(contentRect.height));
    }).observe(host);
    for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)']) {
      matchMedia(query).addEventListener('change', () => this.#remake());
    }
    addEventListener('beforeprint', () => this.#print(true));
    addEventListener('afterprint', () => this.#print(false));
    host.addEventListener('keydown', (event) => this.#key(event));
    host.addEventListener('blur', () => this.#plot?.setCursor({ left: -10, top: -10 }));
  }

  /** Shows data; with fresh options when what they were made of has changed. */
  draw(data, fresh = true) {
    this.#data = data;
    if (fresh || this.#plot === null) this.#remake();
    else this.#plot.setData(data);
  }

  clear() {
    this.#data = null;
    this.#destroy();
  }

  #resize(width, height) {
    this.#size = { width, height };
    if (this.#plot === null) this.#remake();
    else if (width > 0) this.#plot.setSize(this.#size);
  }

  #remake() {
    this.#destroy();
    if (this.#data === null || this.#size.width === 0) return;
    const cursor = { y: false, drag: { x: false, y: false }, points: { show: false } };
    const options = this.#make(this.#size.width);
    this.#plot = new globalThis.uPlot(
      {
        ...this.#size,
        padding: [8, 8, 0, 0],
        legend: { show: false },
        ...options,
        cursor: { ...cursor, ...options.cursor },
        hooks: { ...options.hooks, setCursor: [() => this.#moved()] },
      },
      this.#data,
      this.#host,
    );
  }

  #destroy() {
    this.#plot?.destroy();
    this.#plot = null;
  }

  /** On paper: light colours, and as wide as the sheet. */
  #print(on) {
    document.documentElement.toggleAttribute('data-print', on);
    this.#printing = on;
    const { width, height } = this.#host.getBoundingClientRect();
    if (width === 0) return;
    this.#size = { width: on ? PRINT_WIDTH : Math.floor(width), height: Math.floor(height) };
    this.#remake();
  }

  #moved() {
    const { idx, left } = this.#plot?.cursor ?? {};
    this.#onCursor(left >= 0 && idx !== null && idx !== undefined ? idx : null);
  }

  #key(event) {
    const plot = this.#plot;
    if (plot === null) return;
    const last = this.#data[0].length - 1;
    const at = plot.cursor.left >= 0 ? plot.cursor.idx : null;
    const to = {
      ArrowLeft: at === null ? last : Math.max(0, at - 1),
      ArrowRight: at === null ? 0 : Math.min(last, at + 1),
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    plot.setCursor({ left: plot.valToPos(this.#data[0][to], 'x'), top: 1 });
  }
}

/** An axis in the page's own type and colours. */
export function axis(options) {
  return {
    stroke: style('--muted'),
    font: `12px ${style('--sans')}`,
    ticks: { show: false },
    border: { show: false },
    grid: { show: false },
    ...options,
  };
}

export const horizontalGrid = () => ({ stroke: style('--grid'), width: 1 });
