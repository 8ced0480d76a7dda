import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import lockfile from "proper-lockfile";
import { cacheFolder } from "./cache-folder.ts";

/** A folder of files in the cache, named after everything that went into it, so that it never has to be updated. */
export interface Artifact {
  /** For example `control-plane`. */
  readonly name: string;
  /** Contents of all files and settings that decide what is made. */
  readonly inputs: readonly string[];
  /** File names that the folder must hold when it is complete. */
  readonly files: readonly string[];
  /** Fills an empty folder. */
  make(folder: string): Promise<void>;
}

interface Manifest {
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

const manifestName = "manifest.json";

/** The artifact's folder if it is complete, otherwise undefined. Compares sizes only: it runs before every command. */
export async function findArtifact(artifact: Artifact): Promise<string | undefined> {
  const folder = artifactFolder(artifact);
  const manifest = await readManifest(folder);
  if (manifest === undefined) return undefined;
  for (const file of artifact.files) {
    const expected = manifest.files[file];
    const actual = await stat(path.join(folder, file)).catch(() => undefined);
    if (expected === undefined || actual?.size !== expected.bytes) return undefined;
  }
  return folder;
}

/**
 * The artifact's folder, made first if it is missing or damaged. Safe to call from several processes: the second one waits.
 * A build that is killed half way leaves nothing that would be taken for complete.
 */
export async function ensureArtifact(artifact: Artifact): Promise<string> {
  const found = await findArtifact(artifact);
  if (found !== undefined) return found;
  const folder = artifactFolder(artifact);
  await mkdir(path.dirname(folder), { recursive: true });
  // A killed holder's lock counts as stale once it has not been touched for 30 s.
  const release = await lockfile.lock(folder, {
    realpath: false,
    stale: 30_000,
    retries: { forever: true, minTimeout: 500, maxTimeout: 2_000 },
  });
  try {
    return (await findArtifact(artifact)) ?? (await makeArtifact(artifact, folder));
  } finally {
    await release();
  }
}

/** Files whose contents are no longer what was built: names, empty if all is well. Reads everything, so it takes a second. */
export async function verifyArtifact(artifact: Artifact): Promise<string[]> {
  const folder = artifactFolder(artifact);
  const manifest = await readManifest(folder);
  if (manifest === undefined) return [...artifact.files];
  const damaged: string[] = [];
  for (const file of artifact.files) {
    const actual = await sha256(path.join(folder, file)).catch(() => undefined);
    if (actual === undefined || actual !== manifest.files[file]?.sha256) damaged.push(file);
  }
  return damaged;
}

/** Deletes the artifact from the cache, so that the next `ensureArtifact` makes it anew. */
export async function dropArtifact(artifact: Artifact): Promise<void> {
  await rm(artifactFolder(artifact), { recursive: true, force: true });
}

async function makeArtifact(artifact: Artifact, folder: string): Promise<string> {
  await removeLeftovers(folder);
  const draft = await mkdtemp(`${folder}.draft-`);
  await artifact.make(draft);
  const files: Record<string, { bytes: number; sha256: string }> = {};
  for (const file of artifact.files) {
    const location = path.join(draft, file);
    files[file] = { bytes: (await stat(location)).size, sha256: await sha256(location) };
  }
  await writeFile(path.join(draft, manifestName), JSON.stringify({ files } satisfies Manifest, null, 2));
  await rm(folder, { recursive: true, force: true });
  await rename(draft, folder);
  return folder;
}

/** Drafts of builds that were killed: nobody else can be writing one while we hold the lock. */
async function removeLeftovers(folder: string): Promise<void> {
  const parent = path.dirname(folder);
  for (const entry of await readdir(parent)) {
    if (entry.startsWith(`${path.basename(folder)}.draft-`))
      await rm(path.join(parent, entry), { recursive: true });
  }
}

function artifactFolder(artifact: Artifact): string {
  const hash = createHash("sha256");
  for (const input of [process.platform, process.arch, ...artifact.inputs]) hash.update(input).update("\0");
  return path.join(cacheFolder(), "tools", `${artifact.name}-${hash.digest("hex").slice(0, 12)}`);
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  const text = await readFile(path.join(folder, manifestName), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Manifest);
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
