import type { Problem } from "../problem.ts";
import type { Transition } from "./plan-transition.ts";

/** That an environment needs another run, if it does. */
export function transitionFindings(environment: string, { unfinished }: Transition): Problem[] {
  if (unfinished.length === 0) return [];
  return [
    {
      code: "transition-unfinished",
      severity: "warning",
      environment,
      services: [],
      message:
        `${unfinished.join(", ")} ${unfinished.length === 1 ? "keeps" : "keep"} old rules for now: ` +
        "requests change owner in a circle, and taking them away at once would leave some without any",
      fix: "run pulumi up once more, after this one; nobody notices in between",
    },
  ];
}
