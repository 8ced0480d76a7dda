import { describe, expect, it } from "@jest/globals";
import { environmentHost } from "../../../core/mesh/names.ts";
import { hasErrors } from "../../../core/problem.ts";
import { planTransition } from "../../../core/transition/plan-transition.ts";
import type { PathMatch } from "../../../core/service.ts";
import { exact, match, prefix, regex } from "../route/arbitrary-match.ts";
import { rendered, type ServiceSketch } from "../route/environments.ts";
import { prove } from "../route/random-environments.ts";

type Sketch = Readonly<Record<string, readonly PathMatch[]>>;

function objectsOf(sketch: Sketch, fallback?: string) {
  const services = Object.entries(sketch).map(([name, paths]): [string, ServiceSketch] => [
    name,
    { rules: paths.map((path) => [match(path)]) },
  ]);
  const environments = [{ name: "alpha", ...(fallback === undefined ? {} : { fallback }) }];
  const proof = prove(Object.fromEntries(services), { environments });
  if (hasErrors(proof.problems)) throw new Error(JSON.stringify(proof.problems, undefined, 2));
  return rendered(proof);
}

/** The services of each wave by their names, with the paths that their objects hold in that order. */
function outline(before: Sketch, after: Sketch, fallbacks: { before?: string; after?: string } = {}) {
  const { waves, unfinished } = planTransition(
    objectsOf(after, fallbacks.after),
    objectsOf(before, fallbacks.before),
    environmentHost("alpha"),
  );
  const nameOf = (object: string) => /-ns-(.+)-ksvc-/.exec(object)?.[1] ?? object;
  return {
    waves: waves.map((wave) =>
      wave.map(({ metadata, spec }) => {
        const paths = spec.http.flatMap((rule) =>
          (rule.match ?? []).map(({ uri }) => Object.values(uri ?? {})[0]),
        );
        return `${nameOf(metadata.name)}: ${paths.join(" ")}`;
      }),
    ),
    unfinished: unfinished.map(nameOf),
  };
}

describe("the order of writes", () => {
  it.each<[string, Sketch, Sketch, string[][]]>([
    [
      "is one wave on an empty cluster",
      {},
      { a: [prefix("/a/")], b: [prefix("/b/")] },
      [["a: /a/", "b: /b/"]],
    ],
    [
      "is one wave where nothing moves",
      { a: [prefix("/a/")], b: [prefix("/b/")] },
      { a: [prefix("/a/"), prefix("/a2/")], b: [prefix("/b/")], c: [prefix("/c/")] },
      [["a: /a/ /a2/", "b: /b/", "c: /c/"]],
    ],
    [
      "lets the new owner of a path come before the old one goes",
      { a: [prefix("/a/"), prefix("/x/")], b: [prefix("/b/")] },
      { a: [prefix("/a/")], b: [prefix("/b/"), prefix("/x/")] },
      [["b: /b/ /x/"], ["a: /a/"]],
    ],
    [
      "sees that a path moves in other words",
      { a: [prefix("/a/"), prefix("/x/")], b: [prefix("/b/")] },
      { a: [prefix("/a/")], b: [prefix("/b/"), regex("/x/.*")] },
      [["b: /b/ /x/.*"], ["a: /a/"]],
    ],
    [
      "follows a chain to its end",
      { a: [prefix("/1/")], b: [prefix("/2/")], c: [prefix("/3/")] },
      { a: [prefix("/2/")], b: [prefix("/3/")], c: [prefix("/4/")], d: [prefix("/1/")] },
      [["d: /1/"], ["a: /2/"], ["b: /3/"], ["c: /4/"]],
    ],
    [
      "waits for nobody where a rule only gets narrower and its requests end",
      { a: [prefix("/a/")], b: [prefix("/b/")] },
      { a: [prefix("/a/x/")], b: [prefix("/b/"), prefix("/c/")] },
      [["a: /a/x/", "b: /b/ /c/"]],
    ],
    [
      "leaves deletions to the end, where Pulumi makes them",
      { a: [prefix("/x/")], b: [prefix("/b/")] },
      { b: [prefix("/b/"), prefix("/x/")] },
      [["b: /b/ /x/"]],
    ],
  ])("%s", (_, before, after, waves) => {
    expect(outline(before, after)).toEqual({ waves, unfinished: [] });
  });

  it("keeps the old rules in front of the new ones for one run where paths are exchanged", () => {
    const before = { a: [prefix("/1/")], b: [prefix("/2/")], c: [prefix("/c/")] };
    const after = { a: [prefix("/2/")], b: [prefix("/1/")], c: [prefix("/c/")] };
    expect(outline(before, after)).toEqual({
      waves: [["a: /1/ /2/", "b: /2/ /1/", "c: /c/"]],
      unfinished: ["a", "b"],
    });
  });

  it("changes the catch-all after all gains and before all losses", () => {
    const before = { a: [prefix("/a/"), exact("/x")], b: [prefix("/b/")], z: [prefix("/z/")] };
    const after = { a: [prefix("/a/")], b: [prefix("/b/"), exact("/y")], z: [prefix("/z/")] };
    expect(outline(before, after, { after: "z" })).toEqual({
      waves: [["b: /b/ /y"], ["z: /z/ /"], ["a: /a/"]],
      unfinished: [],
    });
  });

  it("does not touch objects of other hosts", () => {
    const [a] = objectsOf({ a: [prefix("/a/")] });
    if (a === undefined) throw new Error("a is rendered");
    const elsewhere = { ...a, spec: { ...a.spec, hosts: ["other.example.com"] } };
    expect(planTransition([], [elsewhere], environmentHost("alpha"))).toEqual({ waves: [], unfinished: [] });
  });
});
