import { checkMesh } from "../mesh/check-mesh.ts";
import { planObjects } from "../mesh/plan-objects.ts";
import { planProven } from "../plan-stack.ts";
import type { Problem } from "../problem.ts";
import type { Proof } from "../route/prove.ts";
import type { Versions } from "../stack.ts";
import { compareExperiences, type ExperienceChange, experiencesOf } from "./experience.ts";
import { type Hold, holdsOf } from "./holds.ts";
import { compareObjects, type ObjectChange } from "./object-changes.ts";

/** What an upgrade would mean for one stack. */
export interface StackRehearsal {
  readonly stack: string;
  readonly production: boolean;
  readonly from: Versions;
  readonly to: Versions;
  /** Errors that the versions asked for have against the stack: then nothing could be rendered, and so nothing compared. */
  readonly refused: readonly Problem[];
  readonly experience: readonly ExperienceChange[];
  readonly objects: readonly ObjectChange[];
  readonly holds: readonly Hold[];
}

/**
 * Renders a stack for its own versions and for others, and compares what requests experience and what happens to each object.
 * @param proof of a stack without errors: who owns which request does not depend on versions
 * @param asked supported versions; those not named stay as they are
 */
export function rehearseStack(proof: Proof, asked: Partial<Versions>): StackRehearsal {
  const { stack } = proof;
  const to: Versions = { ...stack.versions, ...asked };
  const upgraded = { ...stack, versions: to };
  const refused = checkMesh(upgraded).filter(({ severity }) => severity === "error");
  const about = { stack: stack.name, production: stack.production, from: stack.versions, to, refused };
  if (refused.length > 0) return { ...about, experience: [], objects: [], holds: [] };
  const next: Proof = { ...proof, stack: upgraded };
  const plans = [planProven(proof), planProven(next)] as const;
  const [before, after] = plans.map(planObjects);
  const objects = compareObjects(before ?? [], after ?? []);
  return {
    ...about,
    experience: compareExperiences(experiencesOf(proof, plans[0]), experiencesOf(next, plans[1])),
    objects,
    holds: holdsOf(stack, to, objects),
  };
}

/** Whether the upgrade changes anything, or is refused. */
export function hasDifferences({ refused, experience, objects }: StackRehearsal): boolean {
  return refused.length > 0 || experience.length > 0 || objects.length > 0;
}
