// When things that change are read again. It knows nothing of maps: a thing is any
// object, and how it is read is the caller's.
//
// A thing is read at once when it changed, then at most every `apart`. Two readings of
// one thing are never under way together, so no older answer comes last; a change that
// comes while it is read makes it be read once more.

const apart = 80; // ms from the start of one reading to the next
const most = 2000; // ms between tries of what cannot be read

const passed = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export class Reread<T extends object> {
  readonly #read: (thing: T) => Promise<boolean>;
  readonly #busy = new WeakMap<T, { again: boolean }>();

  // read says whether it was read; what was not is tried again, ever more rarely.
  constructor(read: (thing: T) => Promise<boolean>) {
    this.#read = read;
  }

  changed(thing: T): void {
    const busy = this.#busy.get(thing);
    if (busy) busy.again = true;
    else void this.#turns(thing);
  }

  async #turns(thing: T): Promise<void> {
    const busy = { again: true };
    this.#busy.set(thing, busy);
    for (let pause = apart; busy.again; ) {
      busy.again = false;
      const [read] = await Promise.all([this.#read(thing), passed(pause)]);
      pause = read ? apart : Math.min(2 * pause, most);
      busy.again ||= !read;
    }
    this.#busy.delete(thing);
  }
}
