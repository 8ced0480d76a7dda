// The page's script. Bundled by `kfaas map`, type-checked against the DOM by the tsconfig.json beside it.
import { filterFindings, filterMap, type MapFilter } from "../../core/map/map-filter.ts";
import { typedPath } from "../../core/map/path-lookup.ts";
import { pathTree } from "../../core/map/path-tree.ts";
import {
  type MapEnvironment,
  type MapFinding,
  type MapLeaf,
  type RouteMap,
  traits,
} from "../../core/map/route-map.ts";
import { findingList, leafDetails } from "./details.ts";
import { byId, counted, element } from "./dom.ts";
import { firstOpen, type Grove, leafKey, type Row, rowsOf } from "./rows.ts";
import { TreeView } from "./tree-view.ts";
import { verdictLines } from "./verdicts.ts";

/** Written by `mapPage`. */
const map = JSON.parse(byId("route-map", HTMLScriptElement).text) as RouteMap;

const search = byId("search", HTMLInputElement);
const selects = {
  environment: byId("environment", HTMLSelectElement),
  team: byId("team", HTMLSelectElement),
  trait: byId("trait", HTMLSelectElement),
  severity: byId("severity", HTMLSelectElement),
};
const tree = byId("tree", HTMLElement);
const details = byId("details", HTMLElement);

const severities = severitiesByLeaf();
const view = new TreeView(tree, { toggle, choose }, ({ environment, leaf }) =>
  leaf === undefined ? "" : (severities.get(leafKey(environment, leaf)) ?? ""),
);
let groves: Grove[] = [];
let shown: readonly MapEnvironment[] = [];
/** What somebody opened or closed since the filter last changed. */
const toggled = new Map<string, boolean>();
let open: ReadonlySet<string> = new Set();

fillHead();
fillSelects();
listenToControls();
listenToKeys();
applyFilter();

function currentFilter(): MapFilter {
  return {
    text: search.value.trim(),
    environment: selects.environment.value,
    team: selects.team.value,
    trait: traits.find((trait) => trait === selects.trait.value) ?? "",
    severity:
      (["error", "warning", "info"] as const).find((severity) => severity === selects.severity.value) ?? "",
  };
}

function applyFilter(): void {
  const filter = currentFilter();
  const narrows = [filter.text, filter.team, filter.trait, filter.severity].some(Boolean);
  const left = filterMap(map, filter);
  shown = Array.from(left.keys());
  groves = Array.from(left, ([environment, leaves]) => ({ environment, root: pathTree(leaves) })).filter(
    ({ root }) => root.size > 0 || !narrows,
  );
  toggled.clear();
  open = firstOpen(groves, narrows ? Infinity : 60);
  drawTree();
  view.scrollToTop();
  const [found, all] = [groves.reduce((sum, { root }) => sum + root.size, 0), countLeaves(shown)];
  byId("count", HTMLElement).textContent =
    found === all ? counted(all, "route") : `${found.toLocaleString("en")} of ${counted(all, "route")}`;
  drawVerdicts(filter.text);
  drawOverview();
}

function drawTree(): void {
  view.show(
    rowsOf(groves, (key) => toggled.get(key) ?? open.has(key)),
    typedPath(search.value) === undefined ? search.value.trim().toLowerCase() : "",
  );
}

function drawVerdicts(text: string): void {
  const path = /\s/.test(text) ? undefined : typedPath(text);
  byId("verdicts", HTMLElement).replaceChildren(
    ...(path === undefined ? [] : verdictLines(shown, path, map.normalisation, showLeaf)),
  );
}

function drawOverview(): void {
  const findings = filterFindings(map, currentFilter());
  const leftOut = shown.flatMap(({ leftOut: files }) => files);
  details.replaceChildren(
    element("p", "eyebrow", "Overview"),
    element("h2", "", findings.length === 0 ? "Nothing to mend" : counted(findings.length, "finding")),
    ...(leftOut.length === 0
      ? []
      : [
          element(
            "p",
            "notice",
            `${counted(leftOut.length, "file")} with errors left out of this map: ${leftOut.join(", ")}`,
          ),
        ]),
    ...findingList(findings, showFinding),
  );
  details.scrollTop = 0;
}

function toggle({ key }: Row, isOpen: boolean): void {
  toggled.set(key, isOpen);
  drawTree();
}

function choose({ environment, leaf }: Row): void {
  if (leaf === undefined) return;
  details.replaceChildren(...leafDetails(environment, leaf, map.findings, showLeaf));
  details.scrollTop = 0;
}

/** Shows a leaf's details and, if the filter has left it, its row. */
function showLeaf(environment: MapEnvironment, leaf: MapLeaf): void {
  const isLeft = filterMap(map, currentFilter()).get(environment)?.includes(leaf) === true;
  if (!isLeft) clearFilter();
  open = firstOpen(groves, Infinity);
  toggled.clear();
  drawTree();
  view.activate(leafKey(environment, leaf));
  details.replaceChildren(...leafDetails(environment, leaf, map.findings, showLeaf));
  details.scrollTop = 0;
}

function showFinding({ environment: name, leaves }: MapFinding): void {
  const environment = map.environments.find((each) => each.name === name);
  const leaf = environment?.leaves[leaves[0] ?? -1];
  if (environment !== undefined && leaf !== undefined) showLeaf(environment, leaf);
}

function clearFilter(): void {
  search.value = "";
  for (const select of Object.values(selects)) select.value = "";
  applyFilter();
}

function fillHead(): void {
  const services = map.environments.reduce((sum, environment) => sum + environment.services, 0);
  byId("title", HTMLElement).textContent = `Routes of ${map.stack}`;
  byId("subtitle", HTMLElement).textContent = [
    `cluster ${map.cluster}`,
    counted(map.environments.length, "environment"),
    counted(services, "service"),
    counted(countLeaves(map.environments), "route"),
  ].join(" · ");
}

function fillSelects(): void {
  const leaves = map.environments.flatMap((environment) => environment.leaves);
  fill(
    selects.environment,
    map.environments.map(({ name, leaves: { length } }) => [name, length]),
  );
  fill(selects.team, tally(leaves.map(({ team }) => team).filter(Boolean)));
  const byTrait = new Map(tally(leaves.flatMap((leaf) => leaf.traits)));
  fill(
    selects.trait,
    traits.flatMap((trait) => (byTrait.has(trait) ? [[trait, byTrait.get(trait) ?? 0] as const] : [])),
  );
  const bySeverity = new Map(tally(map.findings.map(({ severity }) => severity)));
  fill(
    selects.severity,
    ["error", "warning", "info"].map((severity) => [severity, bySeverity.get(severity) ?? 0] as const),
  );
}

function fill(select: HTMLSelectElement, options: readonly (readonly [string, number])[]): void {
  select.append(
    new Option("all", ""),
    ...options.map(([value, count]) => new Option(`${value} (${count.toLocaleString("en")})`, value)),
  );
}

function tally(values: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Array.from(counts).sort(([a], [b]) => (a < b ? -1 : 1));
}

function countLeaves(environments: readonly MapEnvironment[]): number {
  return environments.reduce((sum, { leaves }) => sum + leaves.length, 0);
}

/** The worst of what is found about each leaf; findings of severity `info` are no flag worth a row's space. */
function severitiesByLeaf(): Map<string, string> {
  const worst = new Map<string, string>();
  for (const { severity, environment, leaves } of map.findings) {
    if (severity === "info") continue;
    for (const id of leaves) {
      const key = `${environment} #${id}`;
      if (worst.get(key) !== "error") worst.set(key, severity);
    }
  }
  return worst;
}

function listenToControls(): void {
  let waiting: number | undefined;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(applyFilter, 80);
  });
  search.form?.addEventListener("submit", (event) => {
    event.preventDefault();
  });
  for (const select of Object.values(selects)) select.addEventListener("change", applyFilter);
  byId("reset", HTMLButtonElement).addEventListener("click", clearFilter);
  byId("theme", HTMLButtonElement).addEventListener("click", () => {
    const { dataset } = document.documentElement;
    const dark = dataset["theme"] ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    dataset["theme"] = dark === "dark" ? "light" : "dark";
  });
  addEventListener("beforeprint", () => {
    view.print(true);
  });
  addEventListener("afterprint", () => {
    view.print(false);
  });
}

function listenToKeys(): void {
  document.addEventListener("keydown", (event) => {
    const inField = document.activeElement === search || document.activeElement instanceof HTMLSelectElement;
    if (event.key === "/" && !inField && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.select();
    } else if (event.key === "Escape") escape();
    else if (document.activeElement === search && ["ArrowDown", "Enter"].includes(event.key)) {
      event.preventDefault();
      tree.focus();
    }
  });
}

/** One step back: from details to the overview, then out of the filter. */
function escape(): void {
  const isOverview = details.querySelector(".pattern") === null;
  if (document.activeElement !== search && !isOverview) drawOverview();
  else clearFilter();
  tree.focus();
}
