import { execFileSync } from "node:child_process";

/** Runs git in a folder with an identity of its own, whatever the machine's settings are. */
export function git(cwd: string, ...args: readonly string[]): string {
  const settings = ["user.name=test", "user.email=test@example.com", "commit.gpgsign=false"];
  const all = [...settings.flatMap((setting) => ["-c", setting]), ...args];
  return execFileSync("git", all, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Commits all files of a folder, which becomes a repository with branch `main` if it is none. */
export function commitAll(cwd: string, message: string): void {
  git(cwd, "init", "--quiet", "--initial-branch=main");
  git(cwd, "add", "--all");
  git(cwd, "commit", "--quiet", "--message", message);
}
