/** An element with text and children. Text is only ever set as text, so nothing from a service file can become markup. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className = "",
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const created = document.createElement(tag);
  if (className !== "") created.className = className;
  created.append(...children);
  return created;
}

/** An element of the page's body, which is known to have it. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`The page has no ${type.name} #${id}.`);
  return found;
}

/** Text in which the word is marked, wherever it occurs. */
export function marked(text: string, word: string): (Node | string)[] {
  if (word === "") return [text];
  const parts: (Node | string)[] = [];
  const lower = text.toLowerCase();
  let from = 0;
  for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, from)) {
    parts.push(text.slice(from, at), element("mark", "", text.slice(at, at + word.length)));
    from = at + word.length;
  }
  return [...parts, text.slice(from)];
}

/** `1,234 routes`, `1 route`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** A number in 0..359 that depends on the name alone: a team has the same colour on every page. */
export function hueOf(name: string): number {
  let hash = 0;
  for (const char of name) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) | 0;
  return (Math.imul(hash, 0x9e3779b1) >>> 0) % 360;
}

/** Shares as a bar of colours; the numbers stand beside it. */
export function splitBar(shares: readonly { readonly weight: number }[]): HTMLElement {
  const bar = element("span", "bar");
  bar.setAttribute("aria-hidden", "true");
  for (const [index, { weight }] of shares.entries()) {
    const share = element("i", `share s${index % 4}`);
    share.style.flexGrow = String(weight);
    bar.append(share);
  }
  return bar;
}
