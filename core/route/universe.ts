import {
  type PathNormalisation,
  encodedChars,
  isUnreserved,
  normalisePath,
  refusedEncoding,
} from "./normalise.ts";
import { type CharSet, charSet, charsOf, differenceOf, everyChar, intersectionOf } from "./regex/char-set.ts";
import { accepts, type Edge, type Nfa } from "./regex/nfa.ts";

/**
 * The texts that can stand in one place of a request when it is matched. Sets are compared within their universe only, so that
 * `/x/.*` and the prefix `/x/` are equal although RE2's dot leaves out newlines.
 */
export interface Universe {
  readonly name: string;
  /** What every text of it begins with. */
  readonly begin: string;
  /** Every character that occurs in a text of the universe. */
  readonly alphabet: CharSet;
  /** Deterministic. */
  readonly nfa: Nfa;
  readonly contains: (text: string) => boolean;
}

function universe(name: string, alphabet: CharSet, nfa: Nfa, begin = ""): Universe {
  return { name, begin, alphabet, nfa, contains: (text) => accepts(nfa, text) };
}

const visible: CharSet = charSet([[0x21, 0x7e]]);

/** Values of a query parameter, as they are compared: undecoded, up to the next `&`. */
export const queryUniverse: Universe = star("query", differenceOf(visible, charsOf("&#")));

/**
 * Values of a header: no control characters but the tab, and no blanks around them, since HTTP strips those
 * (https://www.rfc-editor.org/rfc/rfc9110#section-5.5). Values that are not well-formed UTF-8 are left out.
 */
export const headerUniverse: Universe = headerValues();

function star(name: string, alphabet: CharSet): Universe {
  return universe(name, alphabet, { starts: [0], accepting: [true], edges: [[{ chars: alphabet, to: 0 }]] });
}

function headerValues(): Universe {
  const blank = charsOf(" \t");
  const ink = differenceOf(intersectionOf(charSet([[0x21, 0x10ffff]]), everyChar), [0x7f, 0x9f]);
  return universe(
    "header",
    charSet([
      [9, 9],
      [0x20, 0x7e],
      [0xa0, 0xd7ff],
      [0xe000, 0x10ffff],
    ]),
    {
      starts: [0],
      accepting: [true, true, false],
      edges: [
        [{ chars: ink, to: 1 }],
        [
          { chars: ink, to: 1 },
          { chars: blank, to: 2 },
        ],
        [
          { chars: ink, to: 1 },
          { chars: blank, to: 2 },
        ],
      ],
    },
  );
}

const pathUniverses = new Map<PathNormalisation, Universe>();

/** The paths that the normalisation leaves as they are: the only ones that a route is ever compared with. */
export function pathUniverse(mode: PathNormalisation): Universe {
  const known = pathUniverses.get(mode) ?? {
    ...createPathUniverse(mode),
    // The same as the automaton says, without walking it: this is asked for every text that is tried.
    contains: (path: string) => {
      const normalised = normalisePath(path, mode);
      return normalised.ok && normalised.path === path;
    },
  };
  pathUniverses.set(mode, known);
  return known;
}

function createPathUniverse(mode: PathNormalisation): Universe {
  const sendable = differenceOf(visible, charsOf("?#"));
  const alphabet = mode === "NONE" ? sendable : differenceOf(sendable, charsOf(`${encodedChars}\\`));
  return universe(
    `path ${mode}`,
    alphabet,
    mode === "NONE" ? anyPath(alphabet) : normalPaths(mode, alphabet),
    "/",
  );
}

function anyPath(alphabet: CharSet): Nfa {
  return {
    starts: [0],
    accepting: [false, true],
    edges: [[{ chars: charsOf("/"), to: 1 }], [{ chars: alphabet, to: 1 }]],
  };
}

/**
 * What has been read of the current segment: nothing at all, its slash, `.`, `..`, anything else, or an escape that may turn out to be
 * one that the proxy would have decoded. A `%` without two digits stays as it is.
 */
type Reading = "start" | "slash" | "dot" | "dots" | "text" | "%" | `%${string}`;

function normalPaths(mode: PathNormalisation, alphabet: CharSet): Nfa {
  const hexDigits = "0123456789abcdef";
  const highDigits = Array.from(hexDigits).filter((digit) => forbiddenLowDigits(digit, mode).length > 0);
  const readings: Reading[] = [
    "start",
    "slash",
    "dot",
    "dots",
    "text",
    "%",
    ...highDigits.map((digit) => `%${digit}` as const),
  ];
  const next = (from: Reading, char: string): Reading | undefined => {
    if (from === "start") return char === "/" ? "slash" : undefined;
    if (char === "/") return afterSlash(from, mode);
    if (char === "%") return "%";
    if (from === "%") {
      const digit = char.toLowerCase();
      return highDigits.includes(digit) ? `%${digit}` : "text";
    }
    if (from.startsWith("%"))
      return forbiddenLowDigits(from.slice(1), mode).includes(char.toLowerCase()) ? undefined : "text";
    if (char === ".") return from === "slash" ? "dot" : from === "dot" ? "dots" : "text";
    return "text";
  };
  const chars = Array.from({ length: 128 }, (_, char) => char).filter(
    (char) => intersectionOf([char, char], alphabet).length > 0,
  );
  const edges = readings.map((from): Edge[] => {
    const targets = new Map<number, [number, number][]>();
    for (const char of chars) {
      const to = next(from, String.fromCharCode(char));
      if (to === undefined) continue;
      const index = readings.indexOf(to);
      targets.set(index, [...(targets.get(index) ?? []), [char, char]]);
    }
    return Array.from(targets, ([to, ranges]) => ({ chars: charSet(ranges), to }));
  });
  return {
    starts: [0],
    accepting: readings.map((reading) => reading !== "start" && reading !== "dot" && reading !== "dots"),
    edges,
  };
}

function afterSlash(from: Reading, mode: PathNormalisation): Reading | undefined {
  if (from === "dot" || from === "dots") return undefined;
  if (from === "slash" && mode !== "BASE") return undefined;
  return "slash";
}

/** The second digits with which an escape would not be there any more when routes are compared. */
function forbiddenLowDigits(high: string, mode: PathNormalisation): string[] {
  return Array.from("0123456789abcdef").filter((low) => {
    const digits = high + low;
    if (digits === refusedEncoding) return true;
    if (mode === "DECODE_AND_MERGE_SLASHES" && (digits === "2f" || digits === "5c")) return true;
    return isUnreserved(String.fromCharCode(parseInt(digits, 16)));
  });
}
