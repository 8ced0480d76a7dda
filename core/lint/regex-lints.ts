import { type Clause, describeClause } from "../route/clause.ts";
import { findOnlyInFirst } from "../route/compare-languages.ts";
import { type Language, languageOf, type TextPattern } from "../route/language.ts";
import { headerUniverse, queryUniverse, type Universe } from "../route/universe.ts";
import type { RouteAction, ValueMatch } from "../service.ts";
import {
  atMatch,
  atRoute,
  type LintContext,
  type LintFinding,
  type Place,
  writtenClauses,
} from "./finding.ts";

/**
 * A dot that was meant as a dot: `thumbnail.png` also takes `thumbnailXpng`. Only dots between what looks like text are suspected: one
 * beside a slash, another dot or an end stands for any character on purpose. That the escaped pattern takes less is proven, so that
 * nothing here needs to know about classes.
 */
export function unescapedDots(context: LintContext): LintFinding[] {
  const verdict = oncePerPattern(({ pattern, universe, given }) => {
    const escaped = escapeDots(pattern);
    // In \Q…\E an escape would be a backslash. Elsewhere it can only take texts away.
    if (escaped === pattern || pattern.includes("\\Q")) return undefined;
    const [all, meant] = [given(), regexLanguage(escaped, universe)];
    if (all === undefined || meant === undefined) return undefined;
    const extra = findOnlyInFirst(all, meant, context.budget);
    return extra.kind === "found" ? { escaped, extra: extra.text } : undefined;
  });
  return wholeMatches(context).flatMap((match): LintFinding[] => {
    const { what, who, place } = match;
    const found = verdict(match);
    if (found === undefined) return [];
    return [
      {
        ...place,
        code: "regex-unescaped-dot",
        message: `${who}: a dot in the regex of its ${what} stands for any character, so that it also matches ${JSON.stringify(found.extra)}`,
        fix: `write ${found.escaped}; where any character is meant, (?:.) says so`,
      },
    ];
  });
}

/** Escapes the dots that nothing repeats and that have text, a class or a group on both sides. */
function escapeDots(pattern: string): string {
  return pattern.replace(/\./g, (dot, at: number) => {
    const isWithinText =
      /[\w\-\])}*+?]/.test(pattern[at - 1] ?? "") && /^(?:[\w\-[(]|\\[^/])/.test(pattern.slice(at + 1));
    return isWithinText && !isEscaped(pattern, at) ? `\\${dot}` : dot;
  });
}

/** Whether an odd number of backslashes stands before the character. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === "\\") first--;
  return (at - first) % 2 === 1;
}

/**
 * `^`, `$` and a last `.*` that add nothing: a regex has to match the whole text anyway, and what is only a text and `.*` is a prefix,
 * which people and proofs read faster. That it says the same is proven. Not of rewrites, which replace the first part that matches.
 */
export function needlessAnchors(context: LintContext): LintFinding[] {
  const verdict = oncePerPattern(({ pattern, universe, given }) => {
    const forms = simplerForms(pattern);
    const all = forms.length === 0 ? undefined : given();
    if (all === undefined) return undefined;
    return forms.find((form) => {
      const simpler = languageOf(form, universe);
      return simpler.ok && areEqual(all, simpler.language, context.budget);
    });
  });
  return wholeMatches(context).flatMap((match): LintFinding[] => {
    const { pattern, what, who, place } = match;
    const simpler = verdict(match);
    if (simpler === undefined) return [];
    const form = `${simpler.kind} ${simpler.value}`;
    const reason =
      simpler.kind === "regex"
        ? "a regex has to match the whole text anyway"
        : "it is a text and anything behind it";
    return [
      {
        ...place,
        code: "regex-needless-anchor",
        message: `${who}: the regex of its ${what}, ${pattern}, says the same as ${form}: ${reason}`,
        fix: `write ${simpler.kind}: ${simpler.value}`,
      },
    ];
  });
}

/** Best first. */
function simplerForms(pattern: string): TextPattern[] {
  const bare = withoutAnchors(pattern);
  const begin = /^(.+?)(?:\.\*|\(\.\*\))$/s.exec(bare)?.[1];
  const text = begin === undefined ? undefined : literalOf(begin);
  return [
    ...(text === undefined ? [] : [{ kind: "prefix", value: text, ignoreCase: false } as const]),
    ...(bare === pattern || bare === "" ? [] : [{ kind: "regex", value: bare } as const]),
  ];
}

function withoutAnchors(pattern: string): string {
  const last = pattern.length - 1;
  const end = pattern.endsWith("$") && !isEscaped(pattern, last) ? last : pattern.length;
  return pattern.slice(pattern.startsWith("^") ? 1 : 0, end);
}

/** The only text that a regex without operators matches; undefined if it has any. */
function literalOf(pattern: string): string | undefined {
  if (!/^(?:[^\\^$.|?*+()[\]{}]|\\[^\w\s])+$/.test(pattern)) return undefined;
  return pattern.replace(/\\(.)/g, "$1");
}

function areEqual(a: Language, b: Language, budget: number): boolean {
  return findOnlyInFirst(a, b, budget).kind === "none" && findOnlyInFirst(b, a, budget).kind === "none";
}

function regexLanguage(value: string, universe: Universe): Language | undefined {
  const result = languageOf({ kind: "regex", value }, universe);
  return result.ok ? result.language : undefined;
}

/** The same condition may stand in thousands of files. */
function oncePerPattern<Verdict>(judge: (match: Pattern) => Verdict): (match: Pattern) => Verdict {
  const known = new Map<string, { readonly verdict: Verdict }>();
  return (match) => {
    const key = `${match.universe.name} ${match.pattern}`;
    const entry = known.get(key) ?? { verdict: judge(match) };
    known.set(key, entry);
    return entry.verdict;
  };
}

/** A regex that has to match a whole text, and whose it is. */
interface WholeMatch extends Pattern {
  readonly who: string;
  readonly place: Place;
}

interface Pattern {
  readonly pattern: string;
  readonly universe: Universe;
  /** Completes "the regex of its …", for example `header x-tenant`. */
  readonly what: string;
  /** Its language; that of a match the proof has compiled already. */
  readonly given: () => Language | undefined;
}

function wholeMatches({ proof }: LintContext): WholeMatch[] {
  const inMatches = writtenClauses(proof).flatMap((clause) =>
    patternsOf(clause).map((pattern) => ({
      ...pattern,
      who: describeClause(clause),
      place: atMatch(clause),
    })),
  );
  const inActions = proof.services.flatMap((service) =>
    service.routes.flatMap((route) =>
      regexesOf("CORS origins", originsOf(route.action), headerUniverse).map((pattern) => ({
        ...pattern,
        who: service.name,
        place: atRoute(service, route),
      })),
    ),
  );
  return [...inMatches, ...inActions];
}

function patternsOf({ match: { path, headers, queryParams }, requests }: Clause): Pattern[] {
  const [language] = requests.path.within;
  return [
    ...(path.kind === "regex" ? [compiledPattern("path", path.value, language)] : []),
    ...Object.entries(headers).flatMap(([name, value]) =>
      regexesOf(`header ${name}`, [value], headerUniverse, requests.headers.get(name)?.within[0]),
    ),
    ...Object.entries(queryParams).flatMap(([name, value]) =>
      regexesOf(`query parameter ${name}`, [value], queryUniverse, requests.query.get(name)?.within[0]),
    ),
  ];
}

function originsOf(action: RouteAction): readonly ValueMatch[] {
  return action.kind === "forward" ? (action.cors?.allowOrigins ?? []) : [];
}

function regexesOf(
  what: string,
  values: readonly ValueMatch[],
  universe: Universe,
  language?: Language,
): Pattern[] {
  return values.flatMap((value): Pattern[] => {
    if (value.kind !== "regex") return [];
    const pattern = value.value;
    return [{ pattern, universe, what, given: () => language ?? regexLanguage(pattern, universe) }];
  });
}

function compiledPattern(what: string, pattern: string, language: Language): Pattern {
  return { pattern, universe: language.universe, what, given: () => language };
}
