/**
 * Strongly connected components: which of the items depend on each other in a circle. An item in no circle is a component of its own.
 * Tarjan's algorithm (https://doi.org/10.1137/0201010) with a stack of its own, since chains can be as long as there are services.
 */
export function componentsOf<Item>(
  items: readonly Item[],
  dependenciesOf: (item: Item) => readonly Item[],
): Item[][] {
  const state = new Map<Item, { index: number; low: number; open: boolean }>();
  const open: Item[] = [];
  const components: Item[][] = [];
  const enter = (item: Item) => {
    state.set(item, { index: state.size, low: state.size, open: true });
    open.push(item);
    return { item, rest: [...dependenciesOf(item)] };
  };
  for (const root of items) {
    if (state.has(root)) continue;
    const calls = [enter(root)];
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const mine = state.get(call.item);
      const next = call.rest.pop();
      if (mine === undefined) break;
      if (next !== undefined) {
        const known = state.get(next);
        if (known === undefined) calls.push(enter(next));
        else if (known.open) mine.low = Math.min(mine.low, known.index);
        continue;
      }
      calls.pop();
      const caller = state.get(calls.at(-1)?.item ?? call.item);
      if (caller !== undefined) caller.low = Math.min(caller.low, mine.low);
      if (mine.low === mine.index) components.push(closed(call.item, open, state));
    }
  }
  return components;
}

function closed<Item>(root: Item, open: Item[], state: ReadonlyMap<Item, { open: boolean }>): Item[] {
  const component = open.splice(open.lastIndexOf(root));
  for (const item of component) {
    const entry = state.get(item);
    if (entry !== undefined) entry.open = false;
  }
  return component;
}

/** The items by how long their longest chain of dependencies is, in their order; nothing may depend on itself, over whatever detour. */
export function levelsOf<Item>(
  items: readonly Item[],
  dependenciesOf: (item: Item) => readonly Item[],
): Item[][] {
  const level = new Map<Item, number>();
  // Components come out with what they depend on first.
  for (const item of componentsOf(items, dependenciesOf).flat()) {
    const below = dependenciesOf(item).map((each) => level.get(each) ?? 0);
    level.set(item, below.length === 0 ? 0 : 1 + Math.max(...below));
  }
  const levels: Item[][] = [];
  for (const item of items) (levels[level.get(item) ?? 0] ??= []).push(item);
  return levels;
}
