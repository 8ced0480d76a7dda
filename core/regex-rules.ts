import { RE2JS } from "re2js";
import { compileRegex } from "./route/regex/program.ts";
import { below, type Violation } from "./violation.ts";

/**
 * Refuses what Istio's webhook would refuse, with the reason: empty, more than 1024 bytes, or not RE2.
 * Syntax: https://github.com/google/re2/wiki/Syntax
 */
export function checkRegex(pattern: string): Violation[] {
  const compiled = compileRegex(pattern);
  if (compiled.ok) return [];
  return [
    {
      code: "invalid-regex",
      path: [],
      message: `the regular expression cannot be used: ${compiled.reason}`,
      fix: /\(\?<?[=!]|\\[1-9]|\(\?P=/.test(pattern)
        ? "write the alternatives out, or use several matches"
        : "use RE2 syntax (https://github.com/google/re2/wiki/Syntax) and at most 1024 bytes",
    },
  ];
}

/**
 * Checks a rewrite by regular expression: the replacement may refer to `\0`, to the groups that the pattern has, and to nothing else.
 * A wrong reference passes Istio's webhook and leaves the proxy without a path to send.
 */
export function checkRegexRewrite(pattern: string, replacement: string): Violation[] {
  const broken = below(["match"], checkRegex(pattern));
  if (broken.length > 0) return broken;
  const unusable = unusableReplacement(replacement);
  if (unusable !== undefined) {
    return [{ code: "invalid-rewrite", path: ["replace"], ...unusable }];
  }
  const groups = RE2JS.compile(pattern).groupCount();
  const wrong = [...replacement.matchAll(/\\(.?)/gsu)].find(
    ([, after = ""]) => after !== "\\" && !(/^\d$/.test(after) && Number(after) <= groups),
  );
  if (wrong === undefined) return [];
  return [
    {
      code: "invalid-rewrite",
      path: ["replace"],
      message: `${JSON.stringify(replacement)} refers to ${wrong[0]}, but the pattern has ${String(groups)} ${groups === 1 ? "group" : "groups"}`,
      fix: "refer to \\1 and so on for the groups in match, to \\0 for all of it; write \\\\ for a backslash",
    },
  ];
}

function unusableReplacement(replacement: string): { message: string; fix: string } | undefined {
  if (replacement === "") {
    return {
      message: "the replacement is empty, which Istio refuses",
      fix: "take what follows into the pattern: match ^/a(/.*)$, replace \\1",
    };
  }
  if (/^[!-~]*$/.test(replacement)) return undefined;
  return {
    message: `${JSON.stringify(replacement)} holds a character that no path can`,
    fix: "percent-encode blanks, control and non-ASCII characters",
  };
}
