import os from "node:os";
import path from "node:path";
import process from "node:process";

/**
 * Where built tools are kept, outside the working tree, so that a second clone starts at once: `$KFAAS_CACHE`, else
 * `$XDG_CACHE_HOME/kfaas`, else `~/.cache/kfaas`. Deleting it is always safe.
 */
export function cacheFolder(): string {
  const { KFAAS_CACHE, XDG_CACHE_HOME } = process.env;
  if (KFAAS_CACHE !== undefined && KFAAS_CACHE !== "") return path.resolve(KFAAS_CACHE);
  const base =
    XDG_CACHE_HOME !== undefined && path.isAbsolute(XDG_CACHE_HOME)
      ? XDG_CACHE_HOME
      : path.join(os.homedir(), ".cache");
  return path.join(base, "kfaas");
}
