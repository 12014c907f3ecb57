// The words in the language that the reader chose. Those of the page in Vietnamese are
// there at once; those of its panels, and English, are fetched.
import { vi, type Dictionary, type Key } from './vi';
import type { Lang } from '../lib/format';

export class Words {
  lang = $state<Lang>('vi');
  #dictionary = $state.raw<Partial<Dictionary>>(vi);
  // ready is when the words of every panel are there.
  ready: Promise<unknown> = Promise.resolve();

  async use(lang: Lang): Promise<void> {
    const all = fetched(lang);
    this.ready = all.catch(() => undefined);
    if (lang === 'en') {
      try {
        this.#dictionary = await all;
      } catch {
        return; // no connection: the language stays
      }
    } else {
      all.then(
        (d) => this.lang === 'vi' && (this.#dictionary = d),
        () => undefined, // no connection: what is there stays
      );
    }
    this.lang = lang;
    document.documentElement.lang = lang;
  }

  t = (key: Key, ...values: (string | number)[]): string => fill(this.#dictionary[key] ?? '', values);

  // The word of a coded value, or the code itself where there is none.
  word = (family: string, code: string | null | undefined): string => {
    if (!code) return '';
    return this.#dictionary[`${family}.${code}` as Key] ?? code;
  };
}

async function fetched(lang: Lang): Promise<Dictionary> {
  if (lang === 'en') return (await import('./en')).en;
  return { ...vi, ...(await import('./vi.panels')).panels };
}

export function fill(text: string, values: (string | number)[]): string {
  return text.replace(/\{(\d)\}/g, (_, n: string) => String(values[Number(n)] ?? ''));
}
