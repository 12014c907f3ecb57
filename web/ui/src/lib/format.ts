// Numbers, areas, dates and ages as people of a language read them.

export type Lang = 'vi' | 'en';

const locale = (lang: Lang): string => (lang === 'en' ? 'en-GB' : 'vi-VN');

export function number(n: number, lang: Lang, digits = 1): string {
  return new Intl.NumberFormat(locale(lang), { maximumFractionDigits: digits }).format(n);
}

// An area in m², or in hectares where it is large.
export function area(m2: number, lang: Lang): string {
  if (m2 >= 100_000) return `${number(m2 / 10_000, lang, 2)} ha`;
  return `${number(m2, lang, 1)} m²`;
}

export function percent(share: number, lang: Lang): string {
  const p = share * 100;
  return `${number(p, lang, p < 10 && p > 0 ? 1 : 0)} %`;
}

// A civil day, "2024-01-01".
export function day(text: string, lang: Lang): string {
  const m = /^(\d{4})-(\d{2})-(\d{2})/.exec(text);
  if (!m) return text;
  return new Intl.DateTimeFormat(locale(lang), { day: 'numeric', month: lang === 'en' ? 'short' : 'numeric', year: 'numeric', timeZone: 'UTC' }).format(Date.UTC(+m[1]!, +m[2]! - 1, +m[3]!));
}

export function instant(text: string, lang: Lang): string {
  const t = new Date(text);
  if (Number.isNaN(t.getTime())) return text;
  return new Intl.DateTimeFormat(locale(lang), { day: 'numeric', month: lang === 'en' ? 'short' : 'numeric', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Ho_Chi_Minh' }).format(t);
}

export function ago(text: string, now: number, lang: Lang): string {
  const s = (now - new Date(text).getTime()) / 1000;
  const f = new Intl.RelativeTimeFormat(locale(lang), { numeric: 'auto' });
  if (s < 3600) return f.format(-Math.max(0, Math.round(s / 60)), 'minute');
  if (s < 86400) return f.format(-Math.round(s / 3600), 'hour');
  return f.format(-Math.round(s / 86400), 'day');
}
