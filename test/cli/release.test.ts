import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { kfaas, kfaasTimeout } from "../support/kfaas.ts";
import { serviceFile, stackFile, temporaryFolders } from "../support/temporary-folder.ts";

const folder = temporaryFolders();

const shop = (blue: number, green: number) => `release: { steps: [1, 10, 50, 100] } # slowly
routes:
  - match: [{ prefix: /faas/api/shop/ }]
    traffic:
      - {service: shop,   weight: ${blue}}
      - {service: green,  weight: ${green}} # new
`;
const file = "stacks/test/alpha/shop.yaml";
const files = (blue: number, green: number, others: Record<string, string> = {}) => ({
  "Pulumi.test.yaml": stackFile,
  [file]: shop(blue, green),
  ...others,
});
const read = (cwd: string) => readFileSync(join(cwd, file), "utf8");
const release = async (cwd: string, ...args: string[]) =>
  kfaas("release", "shop", "--to", "green", "-C", cwd, ...args);

describe("kfaas release", () => {
  it(
    "moves the file to the next step, says so, and what comes next",
    async () => {
      const cwd = folder(files(99, 1));
      const { exitCode, stdout, stderr } = await release(cwd, "--step");
      expect([exitCode, stderr]).toEqual([0, ""]);
      expect(read(cwd)).toBe(shop(90, 10));
      expect(stdout).toContain(`${file}:3:5  shop 99 → 90, green 1 → 10\ngreen: 10 %, step 2 of 4\n`);
      expect(stdout).toMatch(/pulumi up -C \S+ -s test +deploys it/);
      expect(stdout).toMatch(/kfaas release shop -C \S+ -s test -e alpha --to green --step +on to 50 %/);
      expect(stdout).toMatch(/--rollback +back to 0 %/);
      expect(readdirSync(join(cwd, "stacks/test/alpha"))).toEqual(["shop.yaml"]);
    },
    kfaasTimeout,
  );

  it(
    "goes back at once, and a second time changes nothing",
    async () => {
      const cwd = folder(files(0, 100));
      for (const written of [true, false]) {
        const { exitCode, stdout } = await release(cwd, "--rollback", "--format", "json");
        expect(exitCode).toBe(0);
        expect(JSON.parse(stdout)).toMatchObject({
          stack: "test",
          environment: "alpha",
          service: "shop",
          file,
          written,
          move: {
            target: "green",
            weight: 0,
            next: 1,
            routes: [
              {
                number: 1,
                line: 3,
                to: [
                  { target: "shop", weight: 100 },
                  { target: "green", weight: 0 },
                ],
              },
            ],
          },
        });
        expect(read(cwd)).toBe(shop(100, 0));
      }
    },
    kfaasTimeout,
  );

  it(
    "writes nothing with --dry-run, and nothing without an order",
    async () => {
      const cwd = folder(files(100, 0));
      const dry = await release(cwd, "--weight", "30", "--dry-run");
      expect(dry.stdout).toMatch(/shop 100 → 70, green 0 → 30\n.*\nNothing is written \(--dry-run\)/);
      const standing = await release(cwd);
      expect(standing.stdout).toMatch(/shop 100, green 0\ngreen: 0 %, plan 1, 10, 50, 100\n/);
      expect([dry.exitCode, standing.exitCode]).toEqual([0, 0]);
      expect(read(cwd)).toBe(shop(100, 0));
    },
    kfaasTimeout,
  );

  it(
    "writes nothing if the stack would have an error, here: a split on an old Istio",
    async () => {
      const old = stackFile.replace('"1.31"', '"1.11"').replace('"1.23"', '"1.0"');
      const cwd = folder(files(100, 0, { "Pulumi.test.yaml": old }));
      const { exitCode, stdout, stderr } = await release(cwd, "--step");
      expect([exitCode, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(
        /feature-needs-newer-istio[^]+Istio has since 1\.12[^]+Nothing is written: 1 error\./,
      );
      expect(read(cwd)).toBe(shop(100, 0));
    },
    kfaasTimeout,
  );

  it(
    "proves the file in every stack that it belongs to",
    async () => {
      const old = stackFile.replace('"1.31"', '"1.11"').replace('"1.23"', '"1.0"');
      const stacks = { "Pulumi.other.yaml": stackFile };
      const shared = folder(files(100, 0, stacks));
      const moved = await release(shared, "-s", "test", "--step");
      expect(moved.stdout).toContain("The file also belongs to stack other.");
      const cwd = folder(files(100, 0, { "Pulumi.other.yaml": old }));
      const { exitCode, stderr } = await release(cwd, "-s", "test", "--step");
      expect(exitCode).toBe(1);
      expect(stderr).toContain("feature-needs-newer-istio");
      expect(read(cwd)).toBe(shop(100, 0));
    },
    kfaasTimeout,
  );

  it.each<[string, Record<string, string>, string[], RegExp]>([
    [
      "weights of somebody else",
      { [file]: `weightsManagedBy: flagger\n${shop(99, 1)}` },
      [],
      /weights-managed/,
    ],
    ["a target that is none", { [file]: shop(99, 1).replaceAll("green", "red") }, [], /unknown-target/],
    ["a step that is none", {}, ["--step", "5"], /release-no-step/],
    ["an error elsewhere", { "stacks/test/alpha/b.yaml": serviceFile("shop") }, [], /equal-matches/],
    ["an error in the file itself", { [file]: `${shop(99, 1)}oops: 1\n` }, [], /unknown-key/],
  ])(
    "refuses %s and leaves the file alone",
    async (_, others, args, message) => {
      const cwd = folder(files(99, 1, others));
      const before = read(cwd);
      const { exitCode, stdout, stderr } = await release(cwd, ...(args.length > 0 ? args : ["--step"]));
      expect([exitCode, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(message);
      expect(read(cwd)).toBe(before);
    },
    kfaasTimeout,
  );

  it.each<[string, string[], RegExp]>([
    ["no target", ["release", "shop", "--step"], /required option '--to <target>'/],
    ["an unknown service", ["release", "shpo", "--to", "green"], /did you mean shop\?/],
    ["several environments", ["release", "both", "--to", "green"], /add -e with one of: alpha, beta/],
    ["an unknown environment", ["release", "both", "--to", "green", "-e", "gamma"], /no environment "gamma"/],
    ["two orders", ["release", "shop", "--to", "green", "--step", "--rollback"], /cannot be used with/],
    ["more than everything", ["release", "shop", "--to", "green", "--weight", "101"], /more than 100/],
    ["a weight that is no number", ["release", "shop", "--to", "green", "--weight", "1.5"], /whole number/],
  ])(
    "exits with 2 for %s",
    async (_, args, message) => {
      const both = {
        "stacks/test/alpha/both.yaml": serviceFile("b"),
        "stacks/test/beta/both.yaml": serviceFile("b"),
      };
      const { exitCode, stderr } = await kfaas(...args, "-C", folder(files(99, 1, both)));
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(message);
    },
    kfaasTimeout,
  );
});
