import { describe, expect, it } from "@jest/globals";
import type { JavaWorkload } from "../../core/exit-gateway.ts";
import { checkJavaWorkload } from "../../core/java-workload-rules.ts";
import { anImageExitGateway } from "../support/builders.ts";

const found = (changes: Partial<JavaWorkload>): string[] =>
  checkJavaWorkload(anImageExitGateway(changes).java).map(({ path, code }) => `${path.join(".")} ${code}`);

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const amounts = { cpu: "500m", memory: "1Gi" };

describe("an image", () => {
  it.each([
    "gateway:1",
    "java/export-gateway:2.4.1",
    "registry.example.com:5000/java/export-gateway:2.4.1-rc.1",
    `registry.example.com/gateway@${digest}`,
    `registry.example.com/gateway:latest@${digest}`,
  ])("may be %s", (image) => {
    expect(found({ image })).toEqual([]);
  });

  it.each([
    "",
    "gateway",
    "gateway:latest",
    "registry.example.com:5000/gateway",
    "https://registry.example.com/gateway:1",
    "Gateway:1",
    "gateway:1 ",
    "gateway@sha256:abc",
    "/gateway:1",
  ])("may not be %j", (image) => {
    expect(found({ image })).toEqual(["image invalid-image"]);
  });
});

it.each<[string, Partial<JavaWorkload>, string[]]>([
  ["a privileged port", { port: 80 }, ["port invalid-port"]],
  [
    "CPU that is none",
    { resources: { requests: { ...amounts, cpu: "0.5" } } },
    ["resources.requests.cpu invalid-resources"],
  ],
  [
    "memory that is none",
    { resources: { requests: amounts, limits: { cpu: "1", memory: "2GB" } } },
    ["resources.limits.memory invalid-resources"],
  ],
  [
    "a limit below the request",
    { resources: { requests: amounts, limits: { cpu: "499m", memory: "1024Mi" } } },
    ["resources.limits.cpu invalid-resources"],
  ],
  ["a variable that is none", { env: { "A-B": "1" } }, ["env.A-B invalid-name"]],
  [
    "a variable twice",
    { env: { A: "1" }, secretEnv: { A: { secret: "s", key: "k" } } },
    ["secretEnv.A duplicate-name"],
  ],
  [
    "a Secret that is none",
    { secretEnv: { A: { secret: "S", key: "a/b" } } },
    ["secretEnv.A.secret invalid-name", "secretEnv.A.key invalid-name"],
  ],
  ["a path that is none", { healthPath: "health" }, ["healthPath invalid-value"]],
  ["root", { runAsUser: 0 }, ["runAsUser invalid-value"]],
  ["a pull Secret that is none", { pullSecrets: ["a", "B"] }, ["pullSecrets.1 invalid-name"]],
  ["a namespace that is none", { egress: [{ namespace: "Java" }] }, ["egress.0.namespace invalid-name"]],
  [
    "a range that is none",
    { egress: [{ addresses: ["10.0.0.0/8", "x"], ports: [20880, 0] }] },
    ["egress.0.addresses.1 invalid-address", "egress.0.ports.1 invalid-port"],
  ],
])("%s is refused", (_, changes, expected) => {
  expect(found(changes)).toEqual(expected);
});
