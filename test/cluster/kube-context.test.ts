import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { ClusterError } from "../../cluster/cluster-error.ts";
import { loadContext } from "../../cluster/kube-context.ts";
import { kubeconfigText } from "../support/fake-apiserver.ts";
import { temporaryFolders } from "../support/temporary-folder.ts";

const folder = temporaryFolders();

function serverOf(context: string, environment: NodeJS.ProcessEnv): string | undefined {
  return loadContext(context, environment).getCurrentCluster()?.server;
}

function errorOf(context: string, environment: NodeJS.ProcessEnv): string {
  try {
    loadContext(context, environment);
  } catch (error) {
    if (error instanceof ClusterError) return error.message;
    throw error;
  }
  return "no error";
}

describe("loadContext", () => {
  it("reads the files of KUBECONFIG and passes over those that do not exist, as kubectl does", () => {
    const home = folder({
      one: kubeconfigText("https://one", "test"),
      two: kubeconfigText("https://two", "prod"),
    });
    const KUBECONFIG = ["one", "missing", "two"].map((file) => join(home, file)).join(":");
    expect(serverOf("test", { KUBECONFIG })).toBe("https://one");
    expect(serverOf("prod", { KUBECONFIG })).toBe("https://two");
  });

  it("lets the first file win where two define the same name, as kubectl does", () => {
    const home = folder({
      one: kubeconfigText("https://one", "test"),
      two: kubeconfigText("https://two", "test"),
    });
    expect(serverOf("test", { KUBECONFIG: `${home}/one:${home}/two` })).toBe("https://one");
    expect(serverOf("test", { KUBECONFIG: `${home}/two:${home}/one` })).toBe("https://two");
  });

  it("falls back to ~/.kube/config", () => {
    const home = folder({ ".kube/config": kubeconfigText("https://home", "test") });
    expect(serverOf("test", { HOME: home })).toBe("https://home");
    expect(serverOf("test", { HOME: home, KUBECONFIG: "" })).toBe("https://home");
  });

  it("never uses the current context in place of the one that is missing, and says which there are", () => {
    const home = folder({ config: kubeconfigText("https://one", "prod") });
    expect(errorOf("test", { KUBECONFIG: `${home}/config` })).toBe(
      `no context "test" in ${home}/config, only "prod"; set KUBECONFIG to the file that has it, ` +
        "or mend kfaas:cluster.context in the stack's file",
    );
  });

  it.each([
    ["there is no file", "missing", {}, /^no kubeconfig: \S+\/missing does not exist; set KUBECONFIG$/],
    ["the file is no YAML", "config", { config: "a: [" }, /^\S+\/config cannot be read as a kubeconfig: /],
    ["the file is empty", "config", { config: "" }, /^no context "test" in \S+\/config, only none at all; /],
    [
      "the context names an unknown cluster",
      "config",
      { config: "contexts: [{ name: test, context: { cluster: gone, user: u } }]" },
      /^context "test" in \S+\/config names a cluster that is not defined there$/,
    ],
  ])("says in one line that %s", (_, file, files, message) => {
    const error = errorOf("test", { KUBECONFIG: join(folder(files), file) });
    expect(error).toMatch(message);
    expect(error).not.toContain("\n");
  });
});
