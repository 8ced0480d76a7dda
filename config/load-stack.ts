import { hostsOfStack, isDomainName, pathRootOf } from "../core/domain.ts";
import { lintLevels } from "../core/lint/lint-level.ts";
import type { AcceptedOverlap, ClusterDifference, PathClaim } from "../core/ownership.ts";
import { compareProblems, type Problem } from "../core/problem.ts";
import type { Service } from "../core/service.ts";
import type { Environment, Stack } from "../core/stack.ts";
import { checkFallback, checkRenderedNames } from "../core/stack-rules.ts";
import { below, type KeyPath } from "../core/violation.ts";
import { type KnownKeys, withoutPrivateKeys } from "./certificates.ts";
import { readAcceptedOverlaps, readClusterDifferences, readPathClaims } from "./ownership-files.ts";
import type { ProblemReport } from "./problem-report.ts";
import { configOf, isRecord, parsePulumiValues, PulumiValues } from "./pulumi-values.ts";
import { readServiceFile, type ServiceFile } from "./service-file.ts";
import { findServiceFiles, type FoundFile, type FoundServiceFile, staysInside } from "./service-folders.ts";
import { readStackConfig, type StackConfig } from "./stack-config.ts";
import { checkWorkingFolder, findStackFile } from "./working-folder.ts";
import type { LocatedValue } from "./yaml-document.ts";
import { readYamlFile } from "./yaml-file.ts";

/**
 * What a stack's files say. Whatever has an error is left out of `stack`, so that all that is in it keeps the rules; `stack` itself is
 * missing if its config cannot be understood. Nothing may be deployed before `hasErrors(problems)` was asked.
 */
export interface LoadedStack {
  readonly stack: Stack | undefined;
  /** All of them, sorted by `compareProblems`. */
  readonly problems: readonly Problem[];
}

/**
 * Reads `Pulumi.<stackName>.yaml` below `cwd` and every service file it leads to.
 * @throws UsageError if the folder, the stack or a folder of service files does not exist
 */
export async function loadStack(cwd: string, stackName: string): Promise<LoadedStack> {
  const { document, problems } = readYamlFile(findStackFile(cwd, stackName));
  if (document === undefined) return { stack: undefined, problems };
  const { config, privateKeys } = withoutPrivateKeys(configOf(document));
  return new StackLoader(cwd, stackName).load(document, config, { decrypted: new Map(), plain: privateKeys });
}

/**
 * The same for values that Pulumi has already read: `pulumi.runtime.allConfig()`, for example `kfaas:cluster` to JSON text.
 * Lines are those of `Pulumi.<stackName>.yaml` wherever it says the same.
 * @throws UsageError if a folder does not exist
 */
export async function loadStackFromValues(
  cwd: string,
  stackName: string,
  values: ReadonlyMap<string, string> | Readonly<Record<string, string>>,
): Promise<LoadedStack> {
  checkWorkingFolder(cwd);
  const { config, privateKeys } = withoutPrivateKeys(parsePulumiValues(values).config);
  const file = stackFileIfAny(cwd, stackName);
  const written = withoutPrivateKeys(configOf(file));
  const document = new PulumiValues(config, `Pulumi.${stackName}.yaml`, file, written.config);
  return new StackLoader(cwd, stackName).load(document, config, {
    decrypted: privateKeys,
    plain: written.privateKeys,
  });
}

/** Where the keys are in the stack's file. */
const configPath: KeyPath = ["config"];

class StackLoader {
  private readonly cwd: string;
  private readonly stackName: string;
  private readonly problems: Problem[] = [];

  constructor(cwd: string, stackName: string) {
    this.cwd = cwd;
    this.stackName = stackName;
  }

  /** @param raw the config in the document, without private keys */
  load(document: LocatedValue, raw: unknown, keys: KnownKeys): LoadedStack {
    const { config, report } = readStackConfig(document, configPath, raw, keys);
    const folders = this.folders(config, report);
    const found = findServiceFiles(this.cwd, folders, config.environmentNames);
    const names = namesByEnvironment(found.services);
    this.checkFallbacks(config, names, report);
    const services = this.services(found.services, names, config);
    const pathClaims = this.pathClaims(found.paths, config.pathRoot);
    const accepted = this.accepted(found.accepted);
    const differences = this.differences(found.clusters);
    this.problems.push(...report.problems, ...found.problems);
    return {
      stack: this.stack(config, services, { pathClaims, accepted, differences }),
      problems: this.problems.sort(compareProblems),
    };
  }

  private stack(
    config: StackConfig,
    services: readonly Service[],
    ownership: Pick<Stack, "pathClaims" | "accepted" | "differences">,
  ): Stack | undefined {
    const {
      cluster,
      versions,
      production = false,
      pathNormalisation = "BASE",
      pathRoot,
      serviceFolders,
      environments,
      domains = [],
      gateways,
    } = config;
    if (cluster === undefined || versions === undefined || gateways === undefined) return undefined;
    if (pathRoot === undefined || serviceFolders === undefined || environments === undefined)
      return undefined;
    const loaded = new Set(services.map(qualifiedName));
    const withKnownFallback = <Host extends Environment>({ fallback, ...rest }: Host): Host =>
      (fallback !== undefined && loaded.has(`${rest.name}/${fallback}`)
        ? { ...rest, fallback }
        : rest) as Host;
    return {
      name: this.stackName,
      cluster,
      versions,
      production,
      pathNormalisation,
      pathRoot,
      serviceFolders,
      environments: environments.map(withKnownFallback),
      domains: domains.map(withKnownFallback),
      gateways,
      services,
      ...ownership,
      lints: lintLevels(production, config.lints),
      ...(config.driftWatch && { driftWatch: config.driftWatch }),
      ...(config.knownObjects && { knownObjects: config.knownObjects }),
    };
  }

  /** The services without any error, which know of each other only. */
  private services(
    found: readonly FoundServiceFile[],
    names: NamesByEnvironment,
    config: StackConfig,
  ): Service[] {
    const files = found.flatMap((file) => this.serviceFile(file, names, config.pathRoot));
    const collisions = checkRenderedNames(files);
    this.problems.push(...collisions);
    const colliding = new Set(collisions.map(({ location }) => location?.file));
    const environments = new Set(hostsOfStack(withHosts(config)).map(({ name }) => name));
    const services = files.flatMap(({ service, location }) =>
      service !== undefined && environments.has(service.environment) && !colliding.has(location.file)
        ? service
        : [],
    );
    const loaded = new Set(services.map(qualifiedName));
    return services.map((service) => ({
      ...service,
      yieldsTo: service.yieldsTo.filter((name) => loaded.has(`${service.environment}/${name}`)),
    }));
  }

  private serviceFile(
    found: FoundServiceFile,
    names: NamesByEnvironment,
    pathRoot: string | undefined,
  ): ServiceFile[] {
    const { environment, name } = found;
    const { document, problems } = readYamlFile(found, { environment, service: name });
    this.problems.push(...problems);
    if (document === undefined) return [];
    const siblings = names.get(environment) ?? [];
    const root = pathRootOf(environment, pathRoot);
    const file = readServiceFile(document, { environment, name, pathRoot: root, siblings });
    this.problems.push(...file.problems);
    return [file];
  }

  private checkFallbacks(config: StackConfig, names: NamesByEnvironment, report: ProblemReport): void {
    for (const host of hostsOfStack(withHosts(config))) {
      const violations = checkFallback(host, names.get(host.name) ?? []);
      const key = isDomainName(host.name) ? "kfaas:domains" : "kfaas:environments";
      report.add(below([...configPath, key, host.name], violations));
    }
  }

  private folders(config: StackConfig, report: ProblemReport): string[] {
    return (config.serviceFolders ?? []).filter((folder, index) => {
      if (staysInside(folder)) return true;
      report.add([
        {
          code: "folder-outside",
          path: [...configPath, "kfaas:services", index],
          message: `${folder} is not inside the working folder`,
          fix: "name a folder relative to the working folder, without ..",
        },
      ]);
      return false;
    });
  }

  private pathClaims(found: FoundFile | undefined, pathRoot: string | undefined): readonly PathClaim[] {
    const document = found && this.document(found);
    if (document === undefined) return [];
    const { claims, report } = readPathClaims(document, pathRoot);
    this.problems.push(...report.problems);
    return claims;
  }

  private accepted(found: FoundFile | undefined): readonly AcceptedOverlap[] {
    const document = found && this.document(found);
    if (document === undefined) return [];
    const { accepted, report } = readAcceptedOverlaps(document);
    this.problems.push(...report.problems);
    return accepted;
  }

  private differences(found: FoundFile | undefined): readonly ClusterDifference[] {
    const document = found && this.document(found);
    if (document === undefined) return [];
    const { differences, report } = readClusterDifferences(document);
    this.problems.push(...report.problems);
    return differences;
  }

  private document(found: FoundFile): LocatedValue | undefined {
    const { document, problems } = readYamlFile(found);
    this.problems.push(...problems);
    return document;
  }
}

function withHosts({
  environments = [],
  domains = [],
}: StackConfig): Pick<Stack, "environments" | "domains"> {
  return { environments, domains };
}

/** Names of all service files, also of those that cannot be read: they are there, whatever else is wrong with them. */
type NamesByEnvironment = ReadonlyMap<string, readonly string[]>;

function namesByEnvironment(files: readonly FoundServiceFile[]): NamesByEnvironment {
  const names = new Map<string, string[]>();
  for (const { environment, name } of files) {
    const known = names.get(environment);
    if (known === undefined) names.set(environment, [name]);
    else known.push(name);
  }
  return names;
}

function qualifiedName({ environment, name }: Service): string {
  return `${environment}/${name}`;
}

/** For lines only: if anything is wrong with the file, Pulumi has said so. */
function stackFileIfAny(cwd: string, stackName: string): LocatedValue | undefined {
  try {
    const { document } = readYamlFile(findStackFile(cwd, stackName));
    return isRecord(configOf(document)) ? document : undefined;
  } catch {
    return undefined;
  }
}
