// The words in the language that the reader chose. Vietnamese is there at once;
// English is fetched when it is asked for.
import { vi, type Dictionary, type Key } from './vi';
import type { Lang } from '../lib/format';

export class Words {
  lang = $state<Lang>('vi');
  #dictionary = $state.raw<Dictionary>(vi);

  async use(lang: Lang): Promise<void> {
    this.#dictionary = lang === 'en' ? (await import('./en')).en : vi;
    this.lang = lang;
    document.documentElement.lang = lang;
  }

  t = (key: Key, ...values: (string | number)[]): string => fill(this.#dictionary[key], values);

  // The word of a coded value, or the code itself where there is none.
  word = (family: string, code: string | null | undefined): string => {
    if (!code) return '';
    return this.#dictionary[`${family}.${code}` as Key] ?? code;
  };
}

export function fill(text: string, values: (string | number)[]): string {
  return text.replace(/\{(\d)\}/g, (_, n: string) => String(values[Number(n)] ?? ''));
}
