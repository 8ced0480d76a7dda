import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { execa } from "execa";
import { UsageError } from "./usage-error.ts";

/**
 * Gives `use` a folder with the files of `place`: a folder relative to `cwd` or, if there is none of that name, a git revision of the
 * repository that `cwd` lies in. A revision's files stand in a temporary folder that is removed afterwards, also if the process is told
 * to end; the repository, its index and its working tree stay as they are.
 * @throws UsageError if it is neither; those of `use` name the revision instead of the temporary folder
 */
export async function withCheckout<Result>(
  cwd: string,
  place: string,
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = resolve(cwd, place);
  if (isFolder(folder)) return use(folder);
  if (!isFolder(cwd)) throw new UsageError(`there is no folder ${cwd}`);
  const tree = await findTree(cwd, place);
  return withTemporaryFolder(async (temporary, cancelSignal) => {
    const files = join(temporary, "files");
    try {
      await checkOut(cwd, tree, { files, index: join(temporary, "index"), cancelSignal });
      return await use(files);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(error.message.replaceAll(files, `revision ${place}`));
    }
  });
}

/**
 * Where the checked-out branch left the main branch; on the main branch itself that is its last commit.
 * @throws UsageError if `cwd` is in no git repository, or there is no main branch
 */
export async function mergeBase(cwd: string): Promise<string> {
  if (!isFolder(cwd)) throw new UsageError(`there is no folder ${cwd}`);
  for (const main of ["origin/HEAD", "origin/main", "main", "origin/master", "master"]) {
    const { ok, output } = await git(cwd, ["merge-base", "HEAD", main]);
    if (ok) return output;
  }
  throw new UsageError("there is no main branch to compare with; add --from with a folder or a git revision");
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The id of what stands in `cwd` at a revision. */
async function findTree(cwd: string, revision: string): Promise<string> {
  const inside = await git(cwd, ["rev-parse", "--show-prefix"]);
  if (!inside.ok)
    throw new UsageError(`there is no folder ${resolve(cwd, revision)}, and ${cwd} is in no git repository`);
  const verify = (name: string) => git(cwd, ["rev-parse", "--verify", "--quiet", "--end-of-options", name]);
  const commit = await verify(`${revision}^{commit}`);
  if (!commit.ok)
    throw new UsageError(`${JSON.stringify(revision)} is neither a folder nor a git revision of ${cwd}`);
  const tree = await verify(`${commit.output}:${inside.output}`);
  if (!tree.ok) throw new UsageError(`there is no folder ${inside.output} at revision ${revision}`);
  return tree.output;
}

/** With an index of its own: unlike `git archive` it leaves no file out because of its attributes. */
async function checkOut(
  cwd: string,
  tree: string,
  to: { files: string; index: string; cancelSignal: AbortSignal },
): Promise<void> {
  const top = await git(cwd, ["rev-parse", "--show-toplevel"]);
  const options = { env: { GIT_INDEX_FILE: to.index }, cancelSignal: to.cancelSignal };
  const read = top.ok ? await git(top.output, ["read-tree", tree], options) : top;
  const written = read.ok
    ? await git(top.output, ["checkout-index", "--all", `--prefix=${to.files}/`], options)
    : read;
  if (!written.ok)
    throw new UsageError(`git cannot check out ${tree}: ${written.output.split("\n")[0] ?? ""}`);
}

async function git(
  cwd: string,
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly cancelSignal?: AbortSignal } = {},
): Promise<{ readonly ok: boolean; readonly output: string }> {
  const { failed, code, stdout, stderr } = await execa("git", args, { cwd, reject: false, ...options });
  if (code === "ENOENT") throw new UsageError("git is not installed, and only git can read a revision");
  return { ok: !failed, output: failed ? stderr : stdout };
}

const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

async function withTemporaryFolder<Result>(
  use: (folder: string, cancelSignal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "kfaas-revision-"));
  const git = new AbortController();
  let exitCode: number | undefined;
  // Ends git and lets the rest come to its end, so that nobody writes into the folder while it is removed.
  const leave = (signal: NodeJS.Signals) => {
    exitCode = 128 + signals[signal as keyof typeof signals];
    git.abort();
  };
  for (const signal of Object.keys(signals)) process.on(signal, leave);
  try {
    return await use(folder, git.signal);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    for (const signal of Object.keys(signals)) process.off(signal, leave);
    // The code that shells give to a signal.
    if (exitCode !== undefined) process.exit(exitCode);
  }
}
