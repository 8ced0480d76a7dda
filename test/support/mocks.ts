import * as pulumi from "@pulumi/pulumi";
import { settle } from "./settle.ts";

/** A resource as the program registered it. Other resources appear as `<type> <name>`. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  /** The component that it is a child of; undefined at the top. */
  readonly parent: string | undefined;
  /** Name of its explicit provider; undefined if it has none. */
  readonly provider: string | undefined;
  /** What has to be there before it. */
  readonly dependencies: readonly string[];
  /** Inputs that stay as the state has them. */
  readonly ignored: readonly string[];
  /** Types that it had before. */
  readonly formerTypes: readonly string[];
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Answers for functions of the engine, by token; any other token is an error. */
export type Calls = Readonly<Record<string, (inputs: Record<string, unknown>) => Record<string, unknown>>>;

/** The request that the SDK makes, which the mock engine passes on only in part. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProvider(): string;
  getDependenciesList(): string[];
  getIgnorechangesList(): string[];
  getAliasesList(): { getSpec(): { getType(): string } | undefined }[];
}

type Register = (request: RegisterRequest, callback: unknown) => Promise<void>;

const knownTypes = /^(kfaas:\w+:\w+|kubernetes:[\w./-]+:\w+|pulumi:providers:kubernetes)$/;

/**
 * Starts Pulumi's mock engine anew for stack `test`. The returned function waits until all registrations have arrived and gives
 * them sorted by type and name, because Outputs decide about their order.
 */
export async function withMocks(calls: Calls = {}): Promise<() => Promise<Registered[]>> {
  const inputs = new Map<string, Record<string, unknown>>();
  const requests: RegisterRequest[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs: given }) => {
        const state = given as Record<string, unknown>;
        inputs.set(`${type} ${name}`, state);
        return { id: `${name}-id`, state };
      },
      call: ({ token, inputs: given }) => {
        const answer = calls[token];
        if (answer === undefined) throw new Error(`unexpected call of ${token}`);
        return answer(given as Record<string, unknown>);
      },
    },
    "kfaas",
    "test",
    false,
    "organization",
  );
  const monitor = pulumi.runtime.getMonitor() as unknown as { registerResource: Register };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = async (request, callback) => {
    requests.push(request);
    await register(request, callback);
  };
  return async () => {
    await settle();
    return requests
      .map((request) => describeRequest(request, inputs))
      .sort((a, b) => (label(a) < label(b) ? -1 : 1));
  };
}

/** One line per resource, with the parent before it where it has one: `<type> <name> > <type> <name>`. */
export function outline(registered: readonly Registered[]): string[] {
  return registered.map((resource) =>
    resource.parent === undefined ? label(resource) : `${resource.parent} > ${label(resource)}`,
  );
}

function describeRequest(
  request: RegisterRequest,
  inputs: ReadonlyMap<string, Record<string, unknown>>,
): Registered {
  const [type, name] = [request.getType(), request.getName()];
  if (!knownTypes.test(type)) throw new Error(`unexpected resource of type ${type}`);
  const [parent, provider] = [request.getParent(), request.getProvider()];
  return {
    type,
    name,
    parent: parent === "" ? undefined : fromUrn(parent),
    provider: provider === "" ? undefined : fromUrn(provider).split(" ")[1]?.split("::")[0],
    dependencies: request.getDependenciesList().map(fromUrn).sort(),
    ignored: request.getIgnorechangesList(),
    formerTypes: request.getAliasesList().map((alias) => alias.getSpec()?.getType() ?? ""),
    inputs: inputs.get(`${type} ${name}`) ?? {},
  };
}

/** `urn:pulumi:test::kfaas::a:b:C$d:e:F::name` to `d:e:F name`. */
function fromUrn(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  return `${types.split("$").at(-1) ?? ""} ${name.join("::")}`;
}

function label({ type, name }: { readonly type: string; readonly name: string }): string {
  return `${type} ${name}`;
}
