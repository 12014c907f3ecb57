// Whether the page follows the server's changes, and since when it does not.
import type { Link } from '../api/live';
import type { Change } from '../api/types';

export interface Heard {
  change(c: Change): void;
  reset(): void;
}

export class Following {
  link = $state<Link>('off');
  since = $state(''); // when the link was lost, "09:12"
  #stop: (() => void) | null = null;
  #wanted = 0;

  // start follows from now on; what was followed before is let go.
  async start(heard: Heard): Promise<void> {
    this.stop();
    const wanted = ++this.#wanted;
    const { follow } = await import('../api/live');
    if (wanted !== this.#wanted) return;
    this.#stop = follow({
      ...heard,
      link: (l) => {
        if (l === 'lost' && this.link !== 'lost') this.since = new Date().toTimeString().slice(0, 5);
        this.link = l;
      },
    });
  }

  stop(): void {
    this.#wanted++;
    this.#stop?.();
    this.#stop = null;
  }
}
