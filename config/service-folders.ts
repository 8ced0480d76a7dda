import { type Dirent, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, extname, isAbsolute, join, posix, relative, sep } from "node:path";
import { isDomainName } from "../core/domain.ts";
import { nearest } from "../core/nearest.ts";
import { compareText, type Problem } from "../core/problem.ts";
import { UsageError } from "./usage-error.ts";

/** A file that takes part, after later folders have replaced those of earlier ones. */
export interface FoundFile {
  /** Relative to the working folder, with forward slashes: what people see. */
  readonly file: string;
  readonly absolutePath: string;
}

export interface FoundServiceFile extends FoundFile {
  readonly environment: string;
  /** The file's name without `.yaml`. */
  readonly name: string;
}

export interface ServiceFolders {
  /** Sorted by environment, then name. */
  readonly services: readonly FoundServiceFile[];
  readonly paths: FoundFile | undefined;
  readonly accepted: FoundFile | undefined;
  readonly clusters: FoundFile | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Finds the files of a stack below its folders. Nothing that looks like a service file is passed over in silence: a route that is
 * missing because of a file's ending or place would only be noticed in production. Hidden files and files of other kinds
 * (a README, a `.gitkeep`) are nobody's business.
 * @param environments the stack's; every folder counts as one if they could not be read
 * @throws UsageError if a folder does not exist
 */
export function findServiceFiles(
  cwd: string,
  folders: readonly string[],
  environments: readonly string[] | undefined,
): ServiceFolders {
  const search = new FolderSearch(cwd, environments);
  for (const folder of folders) search.folder(folder);
  return {
    services: [...search.services.values()].sort(
      (a, b) => compareText(a.environment, b.environment) || compareText(a.name, b.name),
    ),
    paths: search.ownership.get("paths.yaml"),
    accepted: search.ownership.get("accepted.yaml"),
    clusters: search.ownership.get("clusters.yaml"),
    problems: search.problems,
  };
}

/** True if a folder of service files lies in the working folder, as far as its text says. */
export function staysInside(folder: string): boolean {
  return !isAbsolute(folder) && !posix.normalize(folder.replaceAll("\\", "/")).startsWith("..");
}

class FolderSearch {
  /** By environment and name: a later folder replaces the whole file. */
  readonly services = new Map<string, FoundServiceFile>();
  readonly ownership = new Map<string, FoundFile>();
  readonly problems: Problem[] = [];
  private readonly cwd: string;
  private readonly environments: readonly string[] | undefined;

  constructor(cwd: string, environments: readonly string[] | undefined) {
    this.cwd = cwd;
    this.environments = environments;
  }

  folder(folder: string): void {
    const absolute = join(this.cwd, folder);
    if (!isFolder(absolute)) throw new UsageError(missingFolder(folder, absolute));
    const name = posix.normalize(folder.replaceAll("\\", "/")).replace(/\/$/, "");
    if (!this.isInside(name, absolute)) return;
    for (const entry of this.entries(absolute)) {
      const file = posix.join(name, entry.name);
      const path = join(absolute, entry.name);
      if (!this.isInside(file, path, entry)) continue;
      if (leadsToFolder(entry, path)) this.environment(entry.name, file, path);
      else this.besideEnvironments(entry.name, file, path);
    }
  }

  private environment(environment: string, folder: string, absolute: string): void {
    const files = this.entries(absolute);
    if (this.environments !== undefined && !this.environments.includes(environment)) {
      this.unknownEnvironment(environment, folder, files.length);
      return;
    }
    for (const entry of files) {
      const file = posix.join(folder, entry.name);
      const path = join(absolute, entry.name);
      if (!this.isInside(file, path, entry)) continue;
      if (leadsToFolder(entry, path)) {
        this.add("error", "nested-folder", file, "a folder inside an environment's is not read", {
          fix: `move its files up into ${folder}/, or the folder elsewhere`,
          environment,
        });
      } else if (isServiceFile(entry.name)) {
        const name = basename(entry.name, ".yaml");
        this.services.set(`${environment}/${name}`, { environment, name, file, absolutePath: path });
      } else if (isAlmostYaml(entry.name)) {
        this.wrongEnding(entry.name, file, environment);
      }
    }
  }

  private besideEnvironments(name: string, file: string, absolutePath: string): void {
    if (ownershipFiles.includes(name)) {
      this.ownership.set(name, { file, absolutePath });
      return;
    }
    if (!isServiceFile(name) && !isAlmostYaml(name)) return;
    const close = nearest(name, ownershipFiles);
    this.add("error", "stray-file", file, "no environment's folder: nothing would be made of it", {
      fix: close === undefined ? "move it into the folder of its environment" : `did you mean ${close}?`,
    });
  }

  private unknownEnvironment(environment: string, folder: string, files: number): void {
    const close = nearest(environment, this.environments ?? []);
    this.add("warning", "unknown-environment", folder, `the stack has no environment ${environment}`, {
      message: `the stack has no environment ${environment}: ${String(files)} files are not read`,
      fix:
        close === undefined
          ? `add it to kfaas:${isDomainName(environment) ? "domains" : "environments"}, or leave it to another stack`
          : `did you mean ${close}?`,
    });
  }

  private wrongEnding(name: string, file: string, environment: string): void {
    this.add("error", "file-ending", file, "service files end with .yaml, in lower case", {
      fix: `rename it to ${basename(name, extname(name))}.yaml`,
      environment,
    });
  }

  /** What a link leads to must be part of the working folder, or two people would not see the same stack. */
  private isInside(file: string, path: string, entry?: Dirent): boolean {
    if (entry !== undefined && !entry.isSymbolicLink()) return true;
    let target: string;
    try {
      target = realpathSync(path);
    } catch {
      this.add("error", "broken-link", file, "the link leads nowhere", { fix: "mend or delete it" });
      return false;
    }
    const way = relative(realpathSync(this.cwd), target);
    if (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way)) return true;
    this.add("error", "link-outside", file, "the link leads out of the working folder", {
      fix: "put the file itself here",
    });
    return false;
  }

  private entries(folder: string): Dirent[] {
    try {
      return readdirSync(folder, { withFileTypes: true })
        .filter(({ name }) => !name.startsWith("."))
        .sort((a, b) => compareText(a.name, b.name));
    } catch (error) {
      throw new UsageError(
        `cannot read ${folder}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  private add(
    severity: Problem["severity"],
    code: string,
    file: string,
    message: string,
    rest: Partial<Pick<Problem, "message" | "fix" | "environment">>,
  ): void {
    this.problems.push({ severity, code, message, services: [], location: { file }, ...rest });
  }
}

const ownershipFiles = ["paths.yaml", "accepted.yaml", "clusters.yaml"];

function isServiceFile(name: string): boolean {
  return name.endsWith(".yaml");
}

/** What kubectl would read, or an editor take for YAML, but is not called `*.yaml`. */
function isAlmostYaml(name: string): boolean {
  return /\.(ya?ml|json)$/i.test(name) && !isServiceFile(name);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    // Part of the path is a file, or may not be looked into.
    return false;
  }
}

/** Asks the operating system about links only: a stack has thousands of files. */
function leadsToFolder(entry: Dirent, path: string): boolean {
  return entry.isDirectory() || (!entry.isFile() && isFolder(path));
}

function missingFolder(folder: string, absolute: string): string {
  const outer = dirname(absolute);
  const siblings = isFolder(outer)
    ? readdirSync(outer, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
    : [];
  const close = nearest(basename(absolute), siblings);
  const hint = close === undefined ? "" : `; did you mean ${posix.join(dirname(folder), close)}?`;
  return `there is no folder ${folder} (kfaas:services)${hint}`;
}
