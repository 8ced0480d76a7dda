import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "@jest/globals";
import { execa } from "execa";
import { parse } from "yaml";
import { listStacks } from "../../config/list-stacks.ts";
import { pulumiVersion } from "../../tools/engine.ts";
import { kfaasTimeout } from "../support/kfaas.ts";
import { temporaryFolders } from "../support/temporary-folder.ts";

const repository = join(import.meta.dirname, "../..");
const folder = temporaryFolders();

describe("gitlab-ci.yml", () => {
  const file = readFileSync(join(repository, "operations/gitlab/gitlab-ci.yml"), "utf8");
  const jobs = parse(file) as Record<
    string,
    { extends?: unknown; resource_group?: string; image?: string }
  > & {
    ".stacks": { parallel: { matrix: { STACK: string[] }[] } };
  };

  it("knows all stacks, and deploys each by one pipeline at a time with the engine that is tested", async () => {
    expect(jobs[".stacks"].parallel.matrix.flatMap(({ STACK }) => STACK).sort()).toEqual(
      await listStacks(repository),
    );
    expect(jobs["kfaas-deploy"]).toMatchObject({
      extends: [".kfaas", ".stacks"],
      resource_group: "kfaas-$STACK",
      image: `pulumi/pulumi-nodejs:${pulumiVersion}`,
    });
  });
});

// The script in a process of its own, against a server that pages as GitLab's notes API does.
describe("comment.mjs", () => {
  async function comment(pages: object[][], token = "secret") {
    const written: { method: string | undefined; url: string | undefined; body: unknown }[] = [];
    const server = createServer((request, response) => {
      void (async () => {
        if (request.headers["private-token"] !== "secret") return response.writeHead(401).end();
        if (request.method !== "GET") {
          written.push({ method: request.method, url: request.url, body: JSON.parse(await text(request)) });
          return response.writeHead(200).end("{}");
        }
        const page = Number(new URL(request.url ?? "", "http://x").searchParams.get("page"));
        response.setHeader("x-next-page", page < pages.length ? String(page + 1) : "");
        return response.end(JSON.stringify(pages[page - 1]));
      })();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const cwd = folder({ "comment.md": "<!-- kfaas-report -->\nnew" });
    const { exitCode, stderr } = await execa(
      "node",
      [join(repository, "operations/gitlab/comment.mjs"), "comment.md"],
      {
        cwd,
        reject: false,
        env: {
          CI_API_V4_URL: `http://127.0.0.1:${port}`,
          CI_PROJECT_ID: "1",
          CI_MERGE_REQUEST_IID: "2",
          KFAAS_COMMENT_TOKEN: token,
        },
      },
    );
    server.close();
    server.closeAllConnections();
    return { exitCode, stderr, written };
  }

  const body = { body: "<!-- kfaas-report -->\nnew" };
  const other = { id: 1, system: false, body: "Looks good" };

  it(
    "writes a first note, and then into it, on whatever page it is",
    async () => {
      const notes = "/projects/1/merge_requests/2/notes";
      expect(await comment([[other]])).toEqual({
        exitCode: 0,
        stderr: "",
        written: [{ method: "POST", url: notes, body }],
      });
      const own = { id: 5, system: false, body: "<!-- kfaas-report -->\nold" };
      expect((await comment([[other], [own]])).written).toEqual([{ method: "PUT", url: `${notes}/5`, body }]);
    },
    kfaasTimeout,
  );

  it(
    "fails if it is refused, and does nothing without a token",
    async () => {
      expect(await comment([[]], "wrong")).toMatchObject({ exitCode: 1, written: [] });
      expect(await comment([[]], "")).toMatchObject({
        exitCode: 0,
        stderr: expect.stringContaining("No KFAAS_COMMENT_TOKEN"),
        written: [],
      });
    },
    kfaasTimeout,
  );
});
