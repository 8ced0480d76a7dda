import type { MapEnvironment, MapFinding, MapLeaf } from "../../core/map/route-map.ts";
import { counted, element, hueOf, splitBar } from "./dom.ts";

/** How many of a long list are shown before somebody asks for more. */
const atFirst = 50;

type Show = (environment: MapEnvironment, leaf: MapLeaf) => void;

/** Everything about one clause. */
export function leafDetails(
  environment: MapEnvironment,
  leaf: MapLeaf,
  findings: readonly MapFinding[],
  show: Show,
): Node[] {
  const about = findings.filter(
    ({ environment: name, leaves }) => name === environment.name && leaves.includes(leaf.id),
  );
  return [
    element("p", "eyebrow", [environment.name, leaf.fallback ? "fallback" : leaf.kind].join(" · ")),
    element("h2", "pattern", leaf.pattern),
    owner(leaf),
    ...section("Findings", about.map(findingCard)),
    ...section("Only requests with", leaf.conditions.length === 0 ? [] : [list(leaf.conditions)]),
    ...section("What happens", [...traffic(leaf), rows(leaf.action.details)]),
    ...precedence(environment, leaf, show),
    ...section("Where it is", [
      rows([
        ["File", leaf.line === null ? leaf.file : `${leaf.file}:${leaf.line}`],
        ["Rule", leaf.rule],
        ["Object", leaf.object],
        ["Host", environment.host],
      ]),
    ]),
  ];
}

/** What is found, most of it first hidden if it is much. */
export function findingList(findings: readonly MapFinding[], choose: (finding: MapFinding) => void): Node[] {
  if (findings.length === 0) return [element("p", "empty", "No findings.")];
  return longList(findings, (finding) => {
    const card = findingCard(finding);
    if (finding.leaves.length > 0) {
      card.append(
        link("Show in the tree", () => {
          choose(finding);
        }),
      );
    }
    return card;
  });
}

/** A button that looks like a link. */
export function link(text: string, follow: () => void): HTMLButtonElement {
  const button = element("button", "link", text);
  button.type = "button";
  button.addEventListener("click", follow);
  return button;
}

function owner({ service, team }: MapLeaf): HTMLElement {
  const dot = element("i", "dot");
  dot.style.setProperty("--hue", String(hueOf(team || service)));
  return element("p", "owned", dot, element("strong", "", service), team === "" ? "no team" : team);
}

function section(title: string, content: readonly Node[]): Node[] {
  const filled = content.filter((node) => node.childNodes.length > 0);
  return filled.length === 0 ? [] : [element("section", "", element("h3", "", title), ...filled)];
}

function list(lines: readonly string[]): HTMLElement {
  return element("ul", "plain", ...lines.map((line) => element("li", "code", line)));
}

function rows(pairs: readonly (readonly [string, string])[]): HTMLElement {
  const entries = pairs.flatMap(([label, value]) => [element("dt", "", label), element("dd", "", value)]);
  return element("dl", "", ...entries);
}

function traffic({ action }: MapLeaf): Node[] {
  const [only, ...others] = action.traffic;
  if (only === undefined) return [];
  if (others.length === 0) return [rows([["Goes to", only.target]])];
  const legend = action.traffic.map(({ target, weight }, index) =>
    element("li", "", element("i", `swatch s${index % 4}`), element("b", "", `${weight} %`), target),
  );
  return [splitBar(action.traffic), element("ul", "plain legend", ...legend)];
}

function precedence(environment: MapEnvironment, leaf: MapLeaf, show: Show): Node[] {
  const item = (id: number, reason: string, unsettled: boolean) => {
    const other = environment.leaves[id];
    if (other === undefined) return element("p", "other");
    const to = link(other.pattern, () => {
      show(environment, other);
    });
    return element(
      "p",
      "other",
      to,
      element("span", "", other.service),
      element("em", unsettled ? "unsettled" : "", reason),
    );
  };
  const above = environment.precedence.filter(({ loser }) => loser === leaf.id);
  const below = environment.precedence.filter(({ winner }) => winner === leaf.id);
  const copies = leaf.copiedTo.map((service) => element("p", "other", element("span", "", service)));
  return [
    ...section(
      "Others win where they match",
      longList(above, ({ winner, reason, unsettled }) => item(winner, reason, unsettled)),
    ),
    ...section(
      "Wins over",
      longList(below, ({ loser, reason, unsettled }) => item(loser, reason, unsettled)),
    ),
    ...(copies.length === 0
      ? []
      : [
          element(
            "section",
            "",
            element("h3", "", "Carved out of"),
            element(
              "p",
              "hint",
              `Copied into ${counted(copies.length, "other object")}, ahead of what it beats there, so that it wins whichever object is older.`,
            ),
            ...longList(copies, (copy) => copy),
          ),
        ]),
  ];
}

function longList<T>(values: readonly T[], toNode: (value: T) => Node): Node[] {
  const nodes: Node[] = values.slice(0, atFirst).map(toNode);
  if (values.length <= atFirst) return nodes;
  const more = link(`Show ${counted(values.length - atFirst, "more")}`.replace(/s$/, ""), () => {
    more.replaceWith(...values.slice(atFirst).map(toNode));
  });
  return [...nodes, more];
}

function findingCard(finding: MapFinding): HTMLElement {
  const { severity, code, message, fix, environment, witnesses, places } = finding;
  return element(
    "article",
    `finding ${severity}`,
    element(
      "p",
      "head",
      element("b", "", severity),
      element("span", "code", code),
      element("span", "", environment),
    ),
    element("p", "message", message),
    ...(fix === "" ? [] : [element("p", "fix", element("b", "", "Fix: "), fix)]),
    rows(witnesses),
    ...places.map((place) => element("p", "place code", place)),
  );
}
