// Changes a style's paint values without losing their shape: an opacity that is a
// number, a table over zoom or a choice by attribute is scaled where its numbers
// stand. Pure.

export type Paint = unknown; // a value of the style specification: number or expression

// scale multiplies the opacity's results by k. Interpolations and steps over zoom
// must stay outermost, so it goes into them.
export function scale(value: Paint, k: number): Paint {
  if (k === 1 || value === undefined) return value;
  if (typeof value === 'number') return value * k;
  return results(value, (v) => (typeof v === 'number' ? v * k : ['*', k, v]));
}

// only keeps the opacity where the condition holds and leaves a shadow elsewhere.
export function only(value: Paint, condition: unknown[], shadow: number): Paint {
  const choose = (v: Paint): Paint => ['case', condition, v, ['*', shadow, v]];
  return results(value ?? 1, choose);
}

function results(value: Paint, change: (v: Paint) => Paint): Paint {
  if (!Array.isArray(value)) return change(value);
  switch (value[0]) {
    case 'interpolate':
    case 'interpolate-hcl':
    case 'interpolate-lab':
      // ["interpolate", how, input, stop, out, stop, out, …]
      return value.map((v, i) => (i >= 4 && i % 2 === 0 ? results(v, change) : v));
    case 'step':
      // ["step", input, out, stop, out, …]
      return value.map((v, i) => (i >= 2 && i % 2 === 0 ? results(v, change) : v));
    default:
      return change(value);
  }
}
