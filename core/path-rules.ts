import { type CharSet, charSet, charsOf, differenceOf } from "./route/regex/char-set.ts";
import { prefixNfa, programNfa } from "./route/regex/nfa.ts";
import { compileRegex } from "./route/regex/program.ts";
import { findOutside } from "./route/regex/search.ts";
import { checkRegex } from "./regex-rules.ts";
import type { PathMatch } from "./service.ts";
import { below, type Violation } from "./violation.ts";

/**
 * Never in a path by the time it is matched: the proxy refuses blanks, `#`, control and non-ASCII bytes with 400,
 * takes `?` for the beginning of the query, and percent-encodes the others.
 */
const neverInPath = /[^!-~]|[#?{}"<>^|`]/u;

const pathCharacters: CharSet = differenceOf(charSet([[0x21, 0x7e]]), charsOf('#?{}"<>^|`'));

/** A search through a pattern and a literal prefix visits no more pairs than instructions times letters: far below this. */
const searchBudget = 1_000_000;

/** Checks where a path match lies and that some request can meet it. `pathRoot` is `undefined` if the stack's could not be read. */
export function checkPath(path: PathMatch, pathRoot: string | undefined): Violation[] {
  const violations = path.kind === "regex" ? checkRegex(path.value) : checkLiteralPath(path.value);
  if (violations.length > 0 || pathRoot === undefined) return below([path.kind], violations);
  const outside = pathOutside(path, pathRoot);
  if (outside === undefined) return [];
  const suggestion = `${path.value}/` === pathRoot ? `write ${pathRoot}` : `begin it with ${pathRoot}`;
  return [
    {
      code: "path-outside-root",
      path: [path.kind],
      message: `${path.kind} ${JSON.stringify(path.value)} matches ${JSON.stringify(outside)}, outside the path root ${pathRoot}`,
      fix: path.kind === "regex" ? `${suggestion}, in every alternative` : suggestion,
    },
  ];
}

/** Checks the text of an exact path, a prefix or a path root: a request's path must be able to hold it. */
export function checkLiteralPath(text: string): Violation[] {
  const found = neverInPath.exec(text)?.[0];
  if (found === undefined) return [];
  return [
    {
      code: "path-never-matches",
      path: [],
      message: `no request's path holds ${named(found)} by the time it is matched, so ${JSON.stringify(text)} matches nothing`,
      fix:
        found === "?"
          ? "match the query by queryParams"
          : "write it percent-encoded, as the proxy sees it, or leave it out",
    },
  ];
}

/**
 * A path that the match takes although it does not begin with `root`, or `undefined` if there is none. A match that ignores case
 * may begin with the root in any case.
 * @param path a regex that `checkRegex` accepts, or a literal
 */
export function pathOutside(path: PathMatch, root: string): string | undefined {
  if (path.kind !== "regex") {
    const inside = path.ignoreCase
      ? path.value.toLowerCase().startsWith(root.toLowerCase())
      : path.value.startsWith(root);
    return inside ? undefined : path.value || "/";
  }
  const compiled = compileRegex(path.value);
  if (!compiled.ok) throw new Error(`checkRegex comes first: ${compiled.reason}`);
  const language = programNfa(compiled.regex.program, pathCharacters);
  const search = findOutside(language, prefixNfa(root, pathCharacters), pathCharacters, searchBudget);
  if (search.kind === "undecided") return path.value;
  return search.kind === "found" ? search.text : undefined;
}

function named(character: string): string {
  if (character === " ") return "a blank";
  if (/[!-~]/.test(character)) return character;
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
