// Questions that a person gave a name. They stay in this browser: each is its name and
// the text that an address carries it by.
import { store, stored } from '../lib/stored';

export interface Saved {
  name: string;
  q: string;
}

const under = 'queries';
const most = 100;

// saved are those that are kept, the latest first; what is not understood is left out.
export function saved(): Saved[] {
  let told: unknown;
  try {
    told = JSON.parse(stored(under) ?? '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(told)) return [];
  return told.filter((s): s is Saved => typeof s?.name === 'string' && s.name !== '' && typeof s.q === 'string' && /^[A-Za-z0-9_-]+$/.test(s.q)).map(({ name, q }) => ({ name, q }));
}

function write(all: Saved[]): Saved[] {
  store(under, JSON.stringify(all));
  return all;
}

// keep puts a question under a name, in the place of another of that name.
export function keep(all: Saved[], name: string, q: string): Saved[] {
  return write([{ name, q }, ...all.filter((s) => s.name !== name)].slice(0, most));
}

export function rename(all: Saved[], from: string, to: string): Saved[] {
  if (from === to) return all;
  return write(all.filter((s) => s.name !== to).map((s) => (s.name === from ? { name: to, q: s.q } : s)));
}

export function drop(all: Saved[], name: string): Saved[] {
  return write(all.filter((s) => s.name !== name));
}
