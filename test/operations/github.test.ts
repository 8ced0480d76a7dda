import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { listStacks } from "../../config/list-stacks.ts";
import { pulumiVersion } from "../../tools/engine.ts";

const repository = join(import.meta.dirname, "../..");
const folder = join(repository, "operations/github");

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly name: string;
  readonly on: Readonly<Record<string, { workflows?: string[] } | null>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions: Readonly<Record<string, string>>;
        readonly "timeout-minutes": number;
        readonly strategy?: { readonly matrix: { readonly stack: string[] } };
        readonly concurrency?: { readonly group: string };
        readonly steps: readonly Step[];
      }
    >
  >;
}

const texts = new Map(
  readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), "utf8")] as const),
);
const workflows = new Map(Array.from(texts, ([file, text]) => [file, parse(text) as Workflow] as const));
const workflow = (file: string) => {
  const found = workflows.get(file);
  if (found === undefined) throw new Error(file);
  return found;
};
const stepsOf = (file: string) => Object.values(workflow(file).jobs).flatMap(({ steps }) => steps);

describe.each([...texts.keys()])("%s", (file) => {
  it("pins every action to a commit, and says which version that is", () => {
    const uses = stepsOf(file).flatMap((step) => step.uses ?? []);
    expect(uses.length).toBeGreaterThan(1);
    for (const action of uses) {
      expect(action).toMatch(/^[\w-]+\/[\w/-]+@[0-9a-f]{40}$/);
      expect(texts.get(file)).toMatch(new RegExp(`${action} # v\\d+\\.\\d+\\.\\d+\\n`));
    }
  });

  it("runs nothing that somebody else wrote: no expression stands in a script", () => {
    const scripts = stepsOf(file).flatMap(({ run, with: inputs }) => [run, inputs?.["script"]]);
    expect(scripts.filter((script) => typeof script === "string" && script.includes("${{"))).toEqual([]);
  });

  it("gives each job only what it needs", () => {
    expect(workflow(file).permissions).toEqual({});
    for (const { permissions, "timeout-minutes": minutes } of Object.values(workflow(file).jobs)) {
      expect(permissions).toEqual(
        file === "pull-request-comment.yml"
          ? { actions: "read", "pull-requests": "write", "security-events": "write" }
          : { contents: "read" },
      );
      expect(minutes).toBeLessThanOrEqual(60);
    }
    for (const { uses, with: inputs } of stepsOf(file)) {
      if (uses?.startsWith("actions/checkout@"))
        expect(inputs).toMatchObject({ "persist-credentials": false });
    }
  });

  it("knows all stacks, and lets two runs of one not meet", async () => {
    const jobs = Object.values(workflow(file).jobs).flatMap(({ strategy, concurrency }) =>
      strategy === undefined ? [] : { stacks: strategy.matrix.stack, group: concurrency?.group },
    );
    for (const { stacks, group } of jobs) {
      expect([...stacks].sort()).toEqual(await listStacks(repository));
      expect(group).toContain("${{ matrix.stack }}");
    }
    expect(jobs).toHaveLength(file === "pull-request-comment.yml" ? 0 : 1);
  });

  it("uses the engine that is tested", () => {
    for (const { uses, with: inputs } of stepsOf(file)) {
      if (uses?.startsWith("pulumi/actions@")) expect(inputs).toEqual({ "pulumi-version": pulumiVersion });
    }
  });
});

describe("pull requests from forks", () => {
  it("run their code without rights, and their report is published by code of the base branch", () => {
    expect([...workflows.values()].flatMap(({ on }) => Object.keys(on)).sort()).toEqual([
      "pull_request",
      "push",
      "schedule",
      "workflow_dispatch",
      "workflow_run",
    ]);
    const { on, jobs } = workflow("pull-request-comment.yml");
    expect(on["workflow_run"]?.workflows).toEqual([workflow("pull-request.yml").name]);
    expect(
      stepsOf("pull-request-comment.yml").some(({ run, uses }) => run ?? uses?.includes("checkout")),
    ).toBe(false);
    expect(Object.keys(jobs)).toEqual(["comment"]);
    // Only the job that forks do not run sees secrets.
    const [head = "", report = ""] = texts.get("pull-request.yml")?.split(/^ {2}report:$/m) ?? [];
    expect(head).toContain("if: github.event.pull_request.head.repo.full_name == github.repository");
    expect([head, report].map((text) => text.includes("secrets."))).toEqual([true, false]);
  });
});

describe("the comment", () => {
  const [script = ""] = stepsOf("pull-request-comment.yml").flatMap(({ with: inputs }) =>
    typeof inputs?.["script"] === "string" ? inputs["script"] : [],
  );
  const sha = "a".repeat(40);

  /** Runs the workflow's own script against a GitHub that records what is asked of it. */
  async function comment(options: {
    body: string;
    pulls: object[];
    comments: object[];
  }): Promise<[string, Record<string, unknown>][]> {
    const calls: [string, Record<string, unknown>][] = [];
    const record = (name: string) => (args: Record<string, unknown>) => calls.push([name, args]);
    const list = () => options.pulls;
    const listComments = () => options.comments;
    const github = {
      paginate: (method: () => object[]) => method(),
      rest: {
        pulls: { list },
        issues: { listComments, createComment: record("create"), updateComment: record("update") },
      },
    };
    const run = { head_sha: sha, head_branch: "change", head_repository: { owner: { login: "fork" } } };
    const context = { repo: { owner: "o", repo: "r" }, payload: { workflow_run: run } };
    const core = { setOutput: (name: string, value: unknown) => record(name)({ value }) };
    const load = () => ({ readFileSync: () => options.body });
    const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
    const program = new AsyncFunction("require", "github", "context", "core", script) as unknown as (
      ...args: unknown[]
    ) => Promise<void>;
    await program(load, github, context, core);
    return calls;
  }

  const pull = { number: 7, head: { sha } };
  const body = "<!-- kfaas-report -->\n\nnew";

  it("is made once", async () => {
    const others = [
      { id: 1, user: { type: "User" }, body },
      { id: 2, user: { type: "Bot" }, body: "something else" },
    ];
    expect(await comment({ body, pulls: [pull], comments: others })).toEqual([
      ["number", { value: 7 }],
      ["create", { owner: "o", repo: "r", issue_number: 7, body }],
    ]);
  });

  it("is updated in place from then on", async () => {
    const own = { id: 3, user: { type: "Bot" }, body: "<!-- kfaas-report -->\n\nold" };
    expect(await comment({ body, pulls: [pull], comments: [own] })).toEqual([
      ["number", { value: 7 }],
      ["update", { owner: "o", repo: "r", comment_id: 3, body }],
    ]);
  });

  it("goes to no pull request whose head is another commit, and is nothing but a report", async () => {
    expect(await comment({ body, pulls: [{ number: 7, head: { sha: "b" } }], comments: [] })).toEqual([]);
    await expect(comment({ body: "Hello", pulls: [pull], comments: [] })).rejects.toThrow(/marker/);
  });
});
