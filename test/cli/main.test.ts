import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { execa } from "execa";
import { parseAllDocuments } from "yaml";
import { serviceFile, stackFile, temporaryFolders } from "../support/temporary-folder.ts";

// The real program in a process of its own: what a shell and a pipeline see.
const folder = temporaryFolders();
const repository = join(import.meta.dirname, "../..");
const launcher = join(repository, "bin/kfaas.mjs");
const timeout = 60_000;

async function kfaas(...args: string[]) {
  const { exitCode, stdout, stderr } = await execa("node", [launcher, ...args], {
    cwd: repository,
    reject: false,
  });
  return { exitCode, stdout, stderr };
}

const good = () => folder({ "Pulumi.test.yaml": stackFile, "stacks/test/alpha/a.yaml": serviceFile("a") });
const bad = () =>
  folder({
    "Pulumi.test.yaml": stackFile,
    "stacks/test/alpha/a.yaml": "routez: []\n",
    "stacks/test/beta/b.yaml": "",
  });

describe("kfaas check", () => {
  it(
    "exits with 0 if there is no error, in this repository and its example",
    async () => {
      const { exitCode, stdout } = await kfaas("check", "--format", "json");
      expect((JSON.parse(stdout) as { stack: string }[]).map(({ stack }) => stack)).toEqual([
        "prerelease",
        "prod",
        "prod-eu",
        "prod-sg",
        "prod-us",
        "test",
      ]);
      expect(exitCode).toBe(0);
      expect((await kfaas("check", "-C", "examples/case-study")).exitCode).toBe(0);
    },
    timeout,
  );

  it(
    "exits with 1 if there is one, and prints JSON only, with flat file and line",
    async () => {
      const { exitCode, stdout, stderr } = await kfaas(
        "check",
        "-C",
        bad(),
        "-s",
        "test",
        "--format",
        "json",
      );
      expect(exitCode).toBe(1);
      expect(stderr).toBe("");
      expect(JSON.parse(stdout)).toEqual({
        stack: "test",
        problems: [
          expect.objectContaining({
            code: "unknown-key",
            file: "stacks/test/alpha/a.yaml",
            line: 1,
            environment: "alpha",
          }),
          expect.objectContaining({
            code: "file-empty",
            file: "stacks/test/beta/b.yaml",
            line: 1,
            environment: "beta",
          }),
        ],
        stats: { services: 0, clauses: 0, seconds: expect.any(Number) },
      });
    },
    timeout,
  );

  it(
    "shows one environment only, and takes options before the command as well",
    async () => {
      const { exitCode, stdout } = await kfaas("-C", bad(), "-e", "beta", "--format", "github", "check");
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/^::error file=stacks\/test\/beta\/b.yaml,line=1,col=1,title=file-empty::.*$/);
    },
    timeout,
  );

  it(
    "uses colours for nobody but a terminal",
    async () => {
      const { stdout } = await kfaas("check", "-C", bad());
      expect(stdout).not.toMatch(/\u001b/);
      expect(stdout).toMatch(/^stacks\/test\/alpha\/a\.yaml:1:1 {2}error {2}unknown-key$/m);
    },
    timeout,
  );
});

describe("kfaas check of several production clusters", () => {
  // Nothing that is mentioned in production only.
  const careful = stackFile.replace(
    "entry: { mode: managed }",
    "entry: { mode: managed, clients: { addresses: [10.0.0.0/8] } }",
  );
  const inCluster = (name: string) =>
    `${careful.replace("[stacks/test]", `[stacks/prod, stacks/${name}]`)}  kfaas:production: true\n`;
  const timed = (path: string) => `${serviceFile(path)}    timeout: 1s\n`;
  const files = {
    "Pulumi.east.yaml": inCluster("east"),
    "Pulumi.test.yaml": stackFile,
    "Pulumi.west.yaml": inCluster("west"),
    "stacks/prod/alpha/a.yaml": timed("a"),
    "stacks/test/alpha/other.yaml": serviceFile("a"),
    "stacks/east/README.md": "",
    "stacks/west/alpha/b.yaml": timed("a/b"),
  };
  const declared = (expires: string) => ({
    "stacks/prod/clusters.yaml": `differences:\n  - { environment: alpha, services: [a, b], clusters: [west], reason: law, expires: ${expires} }\n`,
  });

  it(
    "compares them with each other, and no others, if no stack is named",
    async () => {
      const cwd = folder(files);
      const { exitCode, stdout } = await kfaas("check", "-C", cwd, "--format", "json");
      expect(exitCode).toBe(1);
      const report = JSON.parse(stdout) as { stack: string; problems: object[]; stats: object }[];
      expect(report.map(({ stack, problems }) => [stack, problems])).toEqual([
        ["east", []],
        ["test", []],
        [
          "west",
          [
            {
              code: "cluster-owner-differs",
              severity: "error",
              environment: "alpha",
              services: ["b", "a"],
              message:
                "GET http://faas-alpha-ksvc-gateway.kfaas-system.svc.cluster.local/faas/api/a/b/ belongs to a in east, to b in west",
              fix: expect.stringContaining("clusters.yaml"),
              witness: {
                shared: { method: "GET", path: "/faas/api/a/b/", query: {}, headers: {} },
                onlyFirst: null,
                onlySecond: null,
              },
              file: "stacks/west/alpha/b.yaml",
              line: 3,
              column: 9,
              related: [{ file: "stacks/prod/alpha/a.yaml", line: 3 }],
            },
          ],
        ],
      ]);
      expect((await kfaas("check", "-C", cwd, "-s", "west")).exitCode).toBe(0);
      expect((await kfaas("check", "-C", cwd, "-e", "beta")).exitCode).toBe(0);
    },
    timeout,
  );

  it.each([
    ["sarif", /"ruleId": "cluster-owner-differs"[^]*"uri": "stacks\/west\/alpha\/b\.yaml"/],
    [
      "junit",
      /<testsuite name="west" tests="2" failures="1"[^]*<testcase classname="kfaas.west" name="stacks\/west\/alpha\/b\.yaml"[^]*<failure type="cluster-owner-differs"/,
    ],
    ["github", /^::error file=stacks\/west\/alpha\/b\.yaml,line=3,col=9,title=cluster-owner-differs::GET/],
    ["text", /^stacks\/west\/alpha\/b\.yaml:3:9 {2}error {2}cluster-owner-differs$/m],
  ])(
    "shows it as %s",
    async (format, expected) => {
      const { exitCode, stdout } = await kfaas("check", "-C", folder(files), "--format", format);
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(expected);
      expect(stdout).not.toMatch(/has the same owner/);
    },
    timeout,
  );

  it(
    "takes a declared difference until its day, and says what was proven",
    async () => {
      const good = await kfaas("check", "-C", folder({ ...files, ...declared("2999-12-31") }));
      expect(good).toMatchObject({ exitCode: 0, stderr: "" });
      expect(good.stdout).toMatch(
        /^east, west: every request has the same owner in all of these production clusters, but for 1 declared difference$/m,
      );
      const late = await kfaas("check", "-C", folder({ ...files, ...declared("2020-01-31") }));
      expect(late.exitCode).toBe(1);
      expect(late.stdout).toMatch(/^stacks\/prod\/clusters\.yaml:2:5 {2}error {2}difference-expired$/m);
    },
    timeout,
  );
});

describe("kfaas render", () => {
  it(
    "prints the objects as YAML; the stack may be left out if it is the only one",
    async () => {
      const { exitCode, stdout, stderr } = await kfaas("render", "-C", "examples/case-study");
      const objects = parseAllDocuments(stdout).map((document) => document.toJS() as { kind: string });
      expect(exitCode).toBe(0);
      expect(stderr).toBe("");
      expect(objects.map(({ kind }) => kind)).toContain("VirtualService");
    },
    timeout,
  );

  it(
    "prints one environment's objects as JSON",
    async () => {
      const { exitCode, stdout } = await kfaas("render", "-s", "test", "-e", "alpha", "--format", "json");
      const objects = JSON.parse(stdout) as { kind: string; metadata: { name: string } }[];
      expect(exitCode).toBe(0);
      expect(objects.filter(({ kind }) => kind === "VirtualService")).toHaveLength(8);
      expect(new Set(objects.map(({ kind }) => kind))).toEqual(new Set(["Service", "VirtualService"]));
    },
    timeout,
  );

  it(
    "prints nothing but problems on stderr if there is an error, and exits with 1",
    async () => {
      const { exitCode, stdout, stderr } = await kfaas("render", "-C", bad());
      expect(exitCode).toBe(1);
      expect(stdout).toBe("");
      expect(stderr).toMatch(/unknown-key[^]*file-empty[^]*Nothing is rendered: 2 errors\.$/);
    },
    timeout,
  );
});

describe("wrong usage exits with 2 and one clear line on stderr:", () => {
  it.each<[string, string[] | (() => string[]), RegExp]>([
    ["a command that does not exist", ["chek"], /unknown command 'chek'[^]*Did you mean check\?/],
    [
      "an option that does not exist",
      ["check", "--stak", "test"],
      /unknown option '--stak'[^]*Did you mean --stack\?/,
    ],
    ["a format that does not exist", ["check", "--format", "xml"], /xml[^]*text, json, sarif, junit, github/],
    [
      "one that another command has",
      ["--format", "sarif", "render", "-s", "test"],
      /sarif is not one of text, json/,
    ],
    ["an argument too many", ["check", "test"], /too many arguments/],
    ["a folder that does not exist", ["check", "-C", "/does/not/exist"], /no folder \/does\/not\/exist/],
    ["a folder without stacks", () => ["check", "-C", folder({})], /no stack in/],
    ["a stack that does not exist", ["check", "-s", "tset"], /no stack "tset".*did you mean test\?/],
    [
      "an environment that does not exist",
      ["check", "-s", "test", "-e", "aplha"],
      /no environment "aplha".*did you mean "alpha"\?/,
    ],
    ["an environment that no stack has", ["check", "-e", "gamma"], /no environment "gamma"/],
    [
      "an environment to render that does not exist",
      ["render", "-s", "test", "-e", "gamma"],
      /no environment "gamma"/,
    ],
    ["several stacks to choose from", ["render"], /prerelease, prod, .*, test/],
    [
      "a folder of service files that does not exist",
      () => ["check", "-C", folder({ "Pulumi.test.yaml": stackFile })],
      /no folder stacks\/test/,
    ],
    ["no command", [], /Usage: kfaas/],
  ])(
    "%s",
    async (_name, args, message) => {
      const { exitCode, stdout, stderr } = await kfaas(...(typeof args === "function" ? args() : args));
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/^ +at /m);
      expect(stdout).toBe("");
      expect(exitCode).toBe(2);
    },
    timeout,
  );
});

describe("help and version", () => {
  it.each([
    [["--version"], /^\d+\.\d+\.\d+$/],
    [["--help"], /check[^]*render[^]*local/],
    [["check", "--help"], /--format[^]*sarif[^]*docs\/findings\.md/],
    [["help", "render"], /-e, --environment/],
  ])(
    "%j is no failure",
    async (args, text) => {
      const { exitCode, stdout } = await kfaas(...args);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(text);
    },
    timeout,
  );

  it(
    "the program starts anywhere, whatever tsconfig.json is there",
    async () => {
      const cwd = folder({ "tsconfig.json": "{ this is no JSON" });
      const { exitCode, stdout } = await execa("node", [launcher, "check", "-C", good()], {
        cwd,
        reject: false,
      });
      expect(stdout).toMatch(/^test: no problems in 1 service/);
      expect(exitCode).toBe(0);
    },
    timeout,
  );

  it(
    "a reader that stops reading is no failure",
    async () => {
      const { stderr } = await execa("sh", ["-c", `node "${launcher}" render -s test | head -1`], {
        cwd: repository,
      });
      expect(stderr).not.toMatch(/EPIPE|^ +at /m);
    },
    timeout,
  );
});
