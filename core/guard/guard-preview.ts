import type { Problem } from "../problem.ts";
import type { PreviewedChange, PreviewedStack } from "../report/previewed-stack.ts";

export interface GuardOptions {
  /** How many routes may be deleted or replaced at once. */
  readonly maxRoutes: number;
  /** Why what the guard would refuse is wanted; then it only tells. */
  readonly allowed?: string;
}

/** Routes that a change may take away without saying that it means it. */
export const defaultMaxRoutes = 10;

/**
 * Looks for what few changes mean to do: deleting or replacing a gateway, the namespace, an environment's host, or many routes. All of
 * it takes requests away, for minutes where Kubernetes deletes before it creates.
 */
export function guardPreview({ stack, changes, errors }: PreviewedStack, options: GuardOptions): Problem[] {
  const gone = changes.filter(({ operation }) => operation === "delete" || operation === "replace");
  const routes = gone.filter(isRoute);
  return [
    ...errors.map((message) => problem(stack, "preview-failed", message, "mend what Pulumi says", {})),
    ...gone.flatMap((change) => {
      const part = partOf(change);
      return part === undefined ? [] : refused(stack, change, part, options);
    }),
    ...(routes.length > options.maxRoutes ? [tooManyRoutes(stack, routes, options)] : []),
  ];
}

const allow = 'or say why it is wanted: --allow-destructive "<reason>"';

interface Part {
  readonly code: "destroys-gateway" | "destroys-namespace" | "destroys-host";
  readonly effect: string;
}

/** What of the mesh hangs on an object; undefined for what can come and go. */
export function partOf(change: PreviewedChange): Part | undefined {
  const { kind, parents } = change;
  if (kind === "Namespace") return { code: "destroys-namespace", effect: "everything in it goes with it" };
  if (parents.includes("kfaas:mesh:EnvironmentHost"))
    return {
      code: "destroys-host",
      effect: "the Java gateway reaches no service of the environment meanwhile",
    };
  const ofGateway = parents.some((type) => /^kfaas:mesh:(Entry|Exit|ClusterLocal)Gateway$/.test(type));
  if (kind === "Gateway" || (ofGateway && !rebuilt.includes(kind)))
    return { code: "destroys-gateway", effect: "requests through the gateway fail meanwhile" };
  return undefined;
}

/** Belongs to a gateway's component and leaves its pods and address alone. */
const rebuilt = [
  "VirtualService",
  "DestinationRule",
  "ServiceEntry",
  "AuthorizationPolicy",
  "PodDisruptionBudget",
];

function isRoute({ kind }: PreviewedChange): boolean {
  return kind === "VirtualService";
}

function refused(
  stack: string,
  { operation, kind, name }: PreviewedChange,
  { code, effect }: Part,
  options: GuardOptions,
): Problem {
  const fix = `leave ${kind} ${name} as it is, ${allow}`;
  return problem(stack, code, `Pulumi would ${operation} ${kind} ${name}: ${effect}`, fix, options);
}

function tooManyRoutes(stack: string, routes: readonly PreviewedChange[], options: GuardOptions): Problem {
  const names = routes.slice(0, 3).map(({ name }) => name);
  const more = routes.length > names.length ? " and others" : "";
  return problem(
    stack,
    "destroys-routes",
    `Pulumi would delete or replace ${routes.length} VirtualServices, more than ${options.maxRoutes}: ${names.join(", ")}${more}`,
    `change fewer at once, ${allow}`,
    options,
  );
}

function problem(
  stack: string,
  code: string,
  message: string,
  fix: string,
  { allowed }: Pick<GuardOptions, "allowed">,
): Problem {
  const about = { code, services: [], location: { file: `Pulumi.${stack}.yaml` } };
  if (allowed === undefined) return { ...about, severity: "error", message, fix };
  return { ...about, severity: "warning", message: `${message}; allowed: ${allowed}` };
}
