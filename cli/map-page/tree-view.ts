import { counted, element, hueOf, marked, splitBar } from "./dom.ts";
import type { Row } from "./rows.ts";

/** Of one row, in pixels; the style sheet has the same. */
const rowHeight = 34;
/** Rows that are kept above and below what is to be seen. */
const margin = 12;

export interface TreeEvents {
  /** A branch is to be opened or closed. */
  toggle(row: Row, open: boolean): void;
  /** A row was chosen, by click or Enter. */
  choose(row: Row): void;
}

/**
 * A tree of rows of equal height of which only those on screen are in the document, so that thousands cost no more than a few. The
 * active row is named by aria-activedescendant (https://www.w3.org/WAI/ARIA/apg/patterns/treeview/).
 */
export class TreeView {
  private readonly root: HTMLElement;
  private readonly events: TreeEvents;
  /** Severity of what is found about a row's leaf; empty if nothing is. */
  private readonly severityOf: (row: Row) => string;
  private readonly sizer = element("div", "sizer");
  private readonly window = element("div", "window");
  private rows: readonly Row[] = [];
  private word = "";
  private active = 0;
  private printing = false;

  constructor(root: HTMLElement, events: TreeEvents, severityOf: (row: Row) => string) {
    this.root = root;
    this.events = events;
    this.severityOf = severityOf;
    this.sizer.setAttribute("role", "presentation");
    this.window.setAttribute("role", "presentation");
    this.sizer.append(this.window);
    root.append(this.sizer);
    root.addEventListener("scroll", () => {
      this.draw();
    });
    root.addEventListener("keydown", (event) => {
      this.press(event);
    });
    root.addEventListener("click", (event) => {
      this.click(event);
    });
    new ResizeObserver(() => {
      this.draw();
    }).observe(root);
  }

  /** Shows other rows; the active one stays so if it is among them. `word` is marked in them. */
  show(rows: readonly Row[], word: string): void {
    const key = this.rows[this.active]?.key;
    this.rows = rows;
    this.word = word;
    this.active = Math.max(
      0,
      rows.findIndex((row) => row.key === key),
    );
    this.draw();
  }

  /** Makes a row active and visible. */
  activate(key: string): void {
    const index = this.rows.findIndex((row) => row.key === key);
    if (index >= 0) this.moveTo(index);
  }

  scrollToTop(): void {
    this.root.scrollTop = 0;
    this.active = 0;
    this.draw();
  }

  /** All rows at once for paper. */
  print(printing: boolean): void {
    this.printing = printing;
    this.draw();
  }

  private draw(): void {
    const { scrollTop, clientHeight } = this.root;
    const first = this.printing ? 0 : Math.max(0, Math.floor(scrollTop / rowHeight) - margin);
    const last = this.printing
      ? this.rows.length
      : Math.min(this.rows.length, Math.ceil((scrollTop + clientHeight) / rowHeight) + margin);
    this.sizer.style.height = this.printing ? "auto" : `${this.rows.length * rowHeight}px`;
    this.window.style.top = `${first * rowHeight}px`;
    this.window.replaceChildren(
      ...this.rows.slice(first, last).map((row, index) => this.line(row, first + index)),
    );
    const shown = this.active >= first && this.active < last;
    if (shown) this.root.setAttribute("aria-activedescendant", lineId(this.active));
    else this.root.removeAttribute("aria-activedescendant");
  }

  private line(row: Row, index: number): HTMLElement {
    const line = element("div", `row ${row.leaf === undefined ? "branch" : "leaf"}`);
    line.id = lineId(index);
    line.dataset["index"] = String(index);
    line.setAttribute("role", "treeitem");
    line.setAttribute("aria-level", String(row.level));
    line.setAttribute("aria-posinset", String(row.position));
    line.setAttribute("aria-setsize", String(row.siblings));
    line.setAttribute("aria-selected", String(index === this.active));
    line.style.setProperty("--level", String(row.level));
    if (row.branch !== undefined) {
      line.setAttribute("aria-expanded", String(row.branch.open));
      line.append(
        element("span", "twist"),
        element("span", `path${row.level === 1 ? " environment" : ""}`, ...marked(row.label, this.word)),
        element("span", "size", counted(row.branch.size, "route")),
      );
    } else this.fillLeaf(line, row);
    return line;
  }

  private fillLeaf(line: HTMLElement, { leaf, label, environment, key, ...rest }: Row): void {
    if (leaf === undefined) return;
    const team = element("i", "dot");
    team.style.setProperty("--hue", String(hueOf(leaf.team || leaf.service)));
    team.setAttribute("aria-hidden", "true");
    const path = element("span", "path", ...marked(label, this.word));
    if (leaf.kind === "prefix")
      path.append(element("span", "rest", label === "" ? "everything else below" : "…"));
    path.title = leaf.pattern;
    const chips = [
      ...(leaf.kind === "regex" ? ["regex"] : []),
      ...(leaf.kind === "exact" ? ["exact"] : []),
      ...(leaf.fallback ? ["fallback"] : []),
      ...(leaf.ignoreCase ? ["any case"] : []),
      ...leaf.conditions,
    ].map((text) => element("span", "chip", text));
    const severity = this.severityOf({ leaf, label, environment, key, ...rest });
    const flags = severity === "" ? [] : [element("span", `flag ${severity}`, severity)];
    line.append(
      team,
      path,
      element("span", "chips", ...chips),
      ...(leaf.action.traffic.length > 1 ? [splitBar(leaf.action.traffic)] : []),
      element("span", "action", leaf.action.summary),
      element("span", "flags", ...flags),
      element("span", "owner", ...marked(leaf.service, this.word)),
      element("span", "team", ...marked(leaf.team, this.word)),
    );
  }

  private click(event: MouseEvent): void {
    const line = event.target instanceof Element ? event.target.closest<HTMLElement>(".row") : null;
    if (line === null) return;
    const index = Number(line.dataset["index"]);
    const row = this.rows[index];
    if (row === undefined) return;
    this.moveTo(index);
    if (row.branch !== undefined) this.events.toggle(row, !row.branch.open);
    else this.events.choose(row);
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = this.rows[this.active];
    const page = Math.max(1, Math.floor(this.root.clientHeight / rowHeight) - 1);
    const actions: Record<string, () => void> = {
      ArrowDown: () => {
        this.moveTo(this.active + 1);
      },
      ArrowUp: () => {
        this.moveTo(this.active - 1);
      },
      PageDown: () => {
        this.moveTo(this.active + page);
      },
      PageUp: () => {
        this.moveTo(this.active - page);
      },
      Home: () => {
        this.moveTo(0);
      },
      End: () => {
        this.moveTo(this.rows.length - 1);
      },
      ArrowRight: () => {
        if (row?.branch?.open === false) this.events.toggle(row, true);
        else if (row?.branch !== undefined) this.moveTo(this.active + 1);
      },
      ArrowLeft: () => {
        if (row?.branch?.open === true) this.events.toggle(row, false);
        else this.moveTo(this.parentOf(this.active));
      },
      Enter: () => {
        this.enter(row);
      },
      " ": () => {
        this.enter(row);
      },
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }

  private enter(row: Row | undefined): void {
    if (row?.branch !== undefined) this.events.toggle(row, !row.branch.open);
    else if (row !== undefined) this.events.choose(row);
  }

  private parentOf(index: number): number {
    const level = this.rows[index]?.level ?? 1;
    for (let above = index - 1; above >= 0; above--) if ((this.rows[above]?.level ?? 0) < level) return above;
    return index;
  }

  private moveTo(index: number): void {
    this.active = Math.max(0, Math.min(this.rows.length - 1, index));
    const top = this.active * rowHeight;
    const { scrollTop, clientHeight } = this.root;
    if (top < scrollTop) this.root.scrollTop = top;
    else if (top + rowHeight > scrollTop + clientHeight) this.root.scrollTop = top + rowHeight - clientHeight;
    this.draw();
  }
}

function lineId(index: number): string {
  return `row-${index}`;
}
