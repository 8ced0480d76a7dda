import type * as z from "zod";
import { checkAction, type PartialAction } from "../core/action-rules.ts";
import { compact } from "../core/compact.ts";
import { nearest } from "../core/nearest.ts";
import type { Location } from "../core/problem.ts";
import type {
  Cors,
  Destination,
  HeaderChanges,
  HeaderOperations,
  PathMatch,
  Rewrite,
  Route,
  RouteAction,
  RouteMatch,
  ValueMatch,
} from "../core/service.ts";
import { checkMatch } from "../core/service-rules.ts";
import { below, type KeyPath, type Violation } from "../core/violation.ts";
import { isRecord } from "./pulumi-values.ts";
import {
  type MatchInput,
  matchShape,
  type OriginMatchInput,
  routeShape,
  type ValueMatchInput,
} from "./service-file-shape.ts";
import { salvage } from "./shape.ts";

/** What the reader of a route needs to know from outside of it. */
export interface RouteContext {
  /** The Knative service of the file, which gets the requests by default. */
  readonly self: string;
  /** `undefined` if the stack's could not be read. */
  readonly pathRoot: string | undefined;
  /** True if the whole file has its schema's shape. */
  readonly wellFormed: boolean;
  /** Where a value below the route is in the file. */
  readonly locate: (path: KeyPath) => Location;
}

/** A route of a file as the core knows it; `undefined` if not all of it could be read. */
export interface ReadRoute {
  readonly name: string | undefined;
  readonly route: Route | undefined;
  /** Paths begin below the route. */
  readonly violations: readonly Violation[];
}

/** Turns one route of a file into the core's terms, defaults filled in, and checks its rules as far as it could be read. */
export function readRoute(raw: unknown, context: RouteContext): ReadRoute {
  return new RouteConversion(raw, context).read();
}

const shapeWithoutMatches = routeShape.omit({ match: true });
type ActionInput = z.infer<typeof shapeWithoutMatches>;

class RouteConversion {
  private readonly violations: Violation[] = [];
  private readonly raw: Readonly<Record<string, unknown>>;
  private readonly context: RouteContext;

  constructor(raw: unknown, context: RouteContext) {
    this.raw = isRecord(raw) ? raw : {};
    this.context = context;
  }

  read(): ReadRoute {
    const { self, pathRoot, wellFormed, locate } = this.context;
    const { match: rawMatches, ...rest } = this.raw;
    const input = salvage(shapeWithoutMatches, rest, wellFormed) ?? {};
    const matches = (Array.isArray(rawMatches) ? rawMatches : []).map((rawMatch: unknown, index) => {
      const path = ["match", index];
      const matchInput = salvage(matchShape, rawMatch, wellFormed);
      const match = matchInput && this.match(matchInput, path);
      if (match !== undefined) this.violations.push(...below(path, checkMatch(match, pathRoot)));
      return match;
    });
    const action = this.action(input);
    if (action !== undefined) this.violations.push(...checkAction(action, self));
    const complete = matches.filter((match) => match !== undefined);
    const route =
      complete.length < matches.length || action === undefined || !isComplete(action)
        ? undefined
        : compact({ name: input.name, matches: complete, action, location: locate([]) });
    return { name: input.name, route, violations: this.violations };
  }

  private match(input: MatchInput, path: KeyPath): RouteMatch | undefined {
    const pathMatch = this.path(input, path);
    const headers = this.valueMatches(input.headers ?? {}, [...path, "headers"], true);
    const queryParams = this.valueMatches(input.queryParams ?? {}, [...path, "queryParams"], false);
    if (pathMatch === undefined || headers === undefined || queryParams === undefined) return undefined;
    return {
      path: pathMatch,
      methods: (input.method ?? []).map((method) => method.toUpperCase()),
      headers,
      queryParams,
      location: this.context.locate(path),
    };
  }

  private path(input: MatchInput, path: KeyPath): PathMatch | undefined {
    const kind = this.exactlyOne(path, ["exact", "prefix", "regex"]);
    const value = kind === undefined ? undefined : input[kind];
    if (kind === undefined || value === undefined) return undefined;
    if (kind !== "regex") return { kind, value, ignoreCase: input.ignoreCase ?? false };
    if (input.ignoreCase !== undefined) {
      this.violate("ignore-case-regex", [...path, "ignoreCase"], {
        message: "ignoreCase does nothing to a regex in the proxy",
        fix: "begin the regex with (?i) where case does not matter, and delete ignoreCase",
      });
    }
    return { kind, value };
  }

  private valueMatches(
    inputs: Readonly<Record<string, ValueMatchInput>>,
    path: KeyPath,
    lowerCase: boolean,
  ): Record<string, ValueMatch> | undefined {
    const entries = Object.entries(inputs).map(
      ([name, input]) =>
        [lowerCase ? name.toLowerCase() : name, this.valueMatch(input, [...path, name])] as const,
    );
    this.refuseSameName(Object.keys(inputs), path, lowerCase);
    const complete = entries.filter((entry): entry is [string, ValueMatch] => entry[1] !== undefined);
    return complete.length < entries.length ? undefined : Object.fromEntries(complete);
  }

  private valueMatch(input: ValueMatchInput | OriginMatchInput, path: KeyPath): ValueMatch | undefined {
    const kind = this.exactlyOne(path, ["exact", "prefix", "regex", "present"]);
    if (kind === undefined) return undefined;
    if (kind === "present") return "present" in input ? { kind } : undefined;
    const value = input[kind];
    return value === undefined ? undefined : { kind, value };
  }

  private action(input: ActionInput): PartialAction | undefined {
    const given = Object.keys(this.raw);
    const actions = (["traffic", "redirect", "directResponse"] as const).filter((key) => given.includes(key));
    if (actions.length > 1) {
      this.violate("several-actions", [actions[1] ?? "traffic"], {
        message: `a route does one thing, but this one has ${actions.join(" and ")}`,
        fix: "keep one of them",
      });
    }
    const [action = "traffic"] = actions;
    if (action === "traffic") return this.forward(input);
    const meaningless = forwardKeys.filter((key) => given.includes(key));
    for (const key of meaningless) {
      this.violate("several-actions", [key], {
        message: `${key} has no meaning beside ${action}: nothing is sent on`,
        fix: `delete ${key}, or ${action}`,
      });
    }
    if (action === "redirect") {
      if (input.redirect) this.atLeastOne(["redirect"], ["uri", "authority", "scheme"], "leads nowhere else");
      return input.redirect && compact({ kind: action, ...input.redirect });
    }
    return input.directResponse && compact({ kind: action, ...input.directResponse });
  }

  private forward(input: ActionInput): PartialAction {
    const traffic = this.traffic(input.traffic);
    const rewrite = input.rewrite && this.rewrite(input.rewrite);
    const cors = input.cors && this.cors(input.cors);
    if (input.fault) this.atLeastOne(["fault"], ["delay", "abort"], "injects nothing");
    return compact({
      kind: "forward" as const,
      traffic,
      rewrite,
      timeout: input.timeout,
      retries: input.retries && compact(input.retries),
      fault: input.fault && compact(input.fault),
      cors,
      headers: input.headers && this.headers(input.headers),
      mirror: input.mirror && { service: input.mirror.service, percent: input.mirror.percent ?? 100 },
    });
  }

  private traffic(input: ActionInput["traffic"]): Destination[] | undefined {
    if (input === undefined) return [{ service: this.context.self, weight: 100 }];
    const single = input.length === 1;
    const missing = input.flatMap(({ weight }, index) => (weight === undefined && !single ? [index] : []));
    for (const index of missing) {
      // One of the wrong type has been reported.
      if (this.keysAt(["traffic", index]).includes("weight")) continue;
      this.violate("missing-key", ["traffic", index, "weight"], {
        message: `traffic[${String(index)}].weight is missing: among several, each has a share`,
        fix: "write a whole percentage; all of them add up to 100",
      });
    }
    if (missing.length > 0) return undefined;
    return input.map((destination) => ({ ...compact(destination), weight: destination.weight ?? 100 }));
  }

  private rewrite(input: NonNullable<ActionInput["rewrite"]>): Rewrite | undefined {
    const kind = this.exactlyOne(["rewrite"], ["uri", "regex"]);
    if (kind === "uri" && input.uri !== undefined) return { kind, uri: input.uri };
    if (kind === "regex" && input.regex !== undefined) return { kind, ...input.regex };
    return undefined;
  }

  private cors(input: NonNullable<ActionInput["cors"]>): Cors {
    const origins = input.allowOrigins?.map((origin, index) =>
      this.valueMatch(origin, ["cors", "allowOrigins", index]),
    );
    return compact({ ...input, allowOrigins: origins?.filter((origin) => origin !== undefined) });
  }

  private headers(input: NonNullable<ActionInput["headers"]>): HeaderOperations {
    return compact({
      request: input.request && this.headerChanges(input.request, ["headers", "request"]),
      response: input.response && this.headerChanges(input.response, ["headers", "response"]),
    });
  }

  private headerChanges(
    { set, add, remove }: NonNullable<NonNullable<ActionInput["headers"]>["request"]>,
    path: KeyPath,
  ): HeaderChanges {
    return compact({
      set: set && this.lowerCaseNames(set, [...path, "set"]),
      add: add && this.lowerCaseNames(add, [...path, "add"]),
      remove: remove?.map((name) => name.toLowerCase()),
    });
  }

  private lowerCaseNames(values: Readonly<Record<string, string>>, path: KeyPath): Record<string, string> {
    this.refuseSameName(Object.keys(values), path, true);
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name.toLowerCase(), value]));
  }

  /** `X-Tenant` and `x-tenant` are one header; only one of them could be kept. */
  private refuseSameName(names: readonly string[], path: KeyPath, ignoreCase: boolean): void {
    if (!ignoreCase) return;
    const seen = new Set<string>();
    for (const name of names) {
      const lower = name.toLowerCase();
      if (seen.has(lower)) {
        this.violate("duplicate-name", [...path, name], {
          message: `${JSON.stringify(name)} names a header that is there already: case does not count`,
          fix: "keep one of them",
        });
      }
      seen.add(lower);
    }
  }

  /** The one key that is given, or a violation. */
  private exactlyOne<Key extends string>(path: KeyPath, keys: readonly Key[]): Key | undefined {
    const given = this.keysAt(path);
    const [first, second] = keys.filter((key) => given.includes(key));
    if (first !== undefined && second === undefined) return first;
    // Mistyped: the unknown key has been reported, with the one that was meant.
    if (first === undefined && given.some((key) => nearest(key, keys) !== undefined)) return undefined;
    this.violate("exactly-one", path, {
      message:
        first === undefined
          ? `none of ${keys.join(", ")} is there`
          : `${keys.filter((key) => given.includes(key)).join(" and ")} are both there`,
      fix: `write exactly one of ${keys.join(", ")}`,
    });
    return undefined;
  }

  private atLeastOne(path: KeyPath, keys: readonly string[], message: string): void {
    const given = this.keysAt(path);
    if (keys.some((key) => given.includes(key))) return;
    this.violate("at-least-one", path, { message, fix: `write at least one of ${keys.join(", ")}` });
  }

  private keysAt(path: KeyPath): string[] {
    const value = path.reduce<unknown>(
      (outer, step) => (outer as Record<string | number, unknown>)[step],
      this.raw,
    );
    return isRecord(value) ? Object.keys(value) : [];
  }

  private violate(code: string, path: KeyPath, text: { message: string; fix: string }): void {
    this.violations.push({ code, path, ...text });
  }
}

function isComplete(action: PartialAction): action is RouteAction {
  return action.kind !== "forward" || action.traffic !== undefined;
}

/** What only makes sense if a request is sent on. */
const forwardKeys = ["rewrite", "timeout", "retries", "fault", "cors", "headers", "mirror"] as const;
