// The last samples of one device, ordered by time, in a fixed amount of memory.

export class Ring {
  #times;
  #values;
  #capacity;
  #head = 0;
  #size = 0;

  constructor(capacity) {
    this.#capacity = capacity;
    this.#times = new Float64Array(capacity);
    this.#values = new Float64Array(capacity);
  }

  get size() {
    return this.#size;
  }

  time(i) {
    return this.#times[(this.#head + i) % this.#capacity];
  }

  value(i) {
    return this.#values[(this.#head + i) % this.#capacity];
  }

  /**
   * Puts a sample in its place by time. The same time again replaces the value, so what the event
   * bus and REST both deliver counts once. When full, the oldest sample goes; one older still is
   * not taken.
   */
  insert(time, value) {
    let at = this.#size;
    while (at > 0 && this.time(at - 1) > time) at--;
    if (at > 0 && this.time(at - 1) === time) {
      this.#set(at - 1, time, value);
      return;
    }
    if (this.#size === this.#capacity) {
      if (at === 0) return;
      this.#head = (this.#head + 1) % this.#capacity;
      at--;
    } else {
      this.#size++;
    }
    for (let i = this.#size - 1; i > at; i--) this.#set(i, this.time(i - 1), this.value(i - 1));
    this.#set(at, time, value);
  }

  /** Index of the last sample at or before the time, or -1. */
  indexAt(time) {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.time(middle) <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #set(i, time, value) {
    const slot = (this.#head + i) % this.#capacity;
    this.#times[slot] = time;
    this.#values[slot] = value;
  }
}
