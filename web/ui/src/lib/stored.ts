// What the browser keeps under a name. Some keep nothing, and say so by throwing.
export function stored(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function store(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Then it is forgotten with the page.
  }
}
