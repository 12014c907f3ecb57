// Follows the server's changes. The browser's EventSource comes back by itself and
// says where it was; we add a longer pause where the server refuses, and tell in
// which state the link is.
import type { Change } from './types';

export type Link = 'live' | 'joining' | 'lost' | 'off';

export interface Listener {
  change(c: Change): void;
  reset(): void;
  link(l: Link): void;
}

const longest = 30_000;

export function follow(listener: Listener, make: (url: string) => EventSource = (u) => new EventSource(u)): () => void {
  let source: EventSource | null = null;
  let timer = 0;
  let pause = 1000;
  let last = '';
  let failures = 0;

  function open(): void {
    listener.link(failures > 2 ? 'lost' : 'joining');
    source = make('/api/live' + (last ? `?last-event-id=${last}` : ''));
    source.onopen = () => {
      pause = 1000;
      failures = 0;
      listener.link('live');
    };
    source.onerror = () => {
      failures++;
      listener.link(failures > 2 ? 'lost' : 'joining');
      if (source?.readyState === EventSource.CLOSED) again();
    };
    source.addEventListener('change', (e) => {
      last = e.lastEventId || last;
      try {
        listener.change(JSON.parse(e.data as string) as Change);
      } catch {
        listener.reset(); // what was said could not be read: read everything again
      }
    });
    source.addEventListener('reset', (e) => {
      last = e.lastEventId || last;
      listener.reset();
    });
  }

  function again(): void {
    source?.close();
    window.clearTimeout(timer);
    timer = window.setTimeout(open, pause * (0.75 + Math.random() / 2));
    pause = Math.min(pause * 2, longest);
  }

  open();
  return () => {
    window.clearTimeout(timer);
    source?.close();
    listener.link('off');
  };
}
