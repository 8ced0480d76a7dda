import type { CheckedStack } from "../../../cli/format/checked-stack.ts";
import type { Problem } from "../../../core/problem.ts";

/** An overlap with witnesses, second place and everything that formats have to escape. */
export const overlap: Problem = {
  code: "partial-overlap",
  severity: "error",
  message: 'a & b: <both> say "yes", 100%\nsecond line \u0007',
  fix: "narrow one, or: yield",
  environment: "alpha",
  services: ["a", "b"],
  witness: {
    shared: { method: "GET", path: "/p/shop/v1", query: { q: "1" }, headers: { "x-a": "b" } },
    onlyFirst: { method: "GET", path: "/p/x/v1", query: {}, headers: {} },
    onlySecond: null,
  },
  location: { file: "stacks/test/alpha/a b,c:d.yaml", line: 7, column: 9 },
  related: [{ file: "stacks/test/alpha/b.yaml", line: 3, column: 5 }],
};

export const warning: Problem = {
  code: "unknown-environment",
  severity: "warning",
  message: "not read",
  services: [],
  location: { file: "stacks/test/aplha" },
};

export const note: Problem = { code: "note", severity: "info", message: "just so", services: [] };

export const checked: CheckedStack = {
  stack: "test",
  problems: [overlap, warning, note],
  files: ["stacks/test/alpha/a b,c:d.yaml", "stacks/test/alpha/good.yaml"],
  stats: { services: 2, clauses: 3, seconds: 0.1234 },
};

export const clean: CheckedStack = {
  stack: "prod",
  problems: [],
  files: ["stacks/prod/prod/x.yaml"],
  stats: { services: 1, clauses: 1, seconds: 0 },
};
