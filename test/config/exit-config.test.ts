import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { readExit } from "../../config/exit-config.ts";
import { exitShape } from "../../config/exit-shape.ts";

const read = (yaml: string) => readExit(exitShape.parse(parse(yaml)), ["alpha"]);
const found = (yaml: string): string[] =>
  read(yaml).violations.map(({ path, code }) => `${path.join(".")} ${code}`);

const upstream = "upstream: { host: java.example.com, port: 8443 }";
const image = "image: gateway:1\nport: 8080\negress: [{ namespace: java }]";
const rules = (...lines: string[]): string =>
  `mode: managed\n${upstream}\nallow:\n  - ${lines.join("\n    ")}`;
const tls = (keys: string): string => `mode: managed\nupstream: { host: a.b, port: 443, tls: { ${keys} } }`;

describe("an exit gateway's config", () => {
  it("is short for a gateway before a Java export gateway that is there", () => {
    expect(read(`mode: managed\n${upstream}`)).toStrictEqual({
      exit: {
        mode: "managed",
        minReplicas: 2,
        maxReplicas: 10,
        targetCpuPercent: 80,
        mutualTls: false,
        upstream: { host: "java.example.com", port: 8443 },
      },
      violations: [],
    });
  });

  it("is short for an image, too", () => {
    expect(read(`mode: image\n${image}`).exit).toStrictEqual({
      mode: "image",
      minReplicas: 2,
      maxReplicas: 10,
      targetCpuPercent: 80,
      mutualTls: false,
      java: {
        image: "gateway:1",
        port: 8080,
        resources: {
          requests: { cpu: "500m", memory: "1Gi" },
          limits: { cpu: "2", memory: "2Gi" },
        },
        env: {},
        secretEnv: {},
        pullSecrets: [],
        egress: [{ namespace: "java" }],
      },
    });
  });

  it("may say all that there is to say", () => {
    const { exit, violations } = read(`
      mode: managed
      minReplicas: 3
      timeout: 10s
      retries: { attempts: 2 }
      connectionPool: { maxConnections: 100 }
      mutualTls: true
      upstream:
        host: java.example.com
        port: 8443
        addresses: [10.1.2.3]
        tls: { mode: mutual, caCertificates: /ca.crt, clientCertificate: /a.crt, privateKey: /a.key, sni: a.b }
      allow:
        - namespaces: [faas-alpha]
          environments: [alpha]
          paths: [{ prefix: /orders/, method: [get] }, { exact: /x }]
        - addresses: [10.1.0.0/16]
    `);

    expect(violations).toEqual([]);
    expect(exit).toMatchObject({
      minReplicas: 3,
      maxReplicas: 10,
      timeout: "10s",
      retries: { attempts: 2 },
      connectionPool: { maxConnections: 100 },
      mutualTls: true,
      upstream: {
        addresses: ["10.1.2.3"],
        tls: {
          mode: "mutual",
          trust: { caCertificates: "/ca.crt", clientCertificate: "/a.crt", privateKey: "/a.key" },
          sni: "a.b",
        },
      },
      allow: [
        {
          callers: { kind: "namespaces", namespaces: ["faas-alpha"] },
          environments: ["alpha"],
          paths: [
            { kind: "prefix", value: "/orders/", methods: ["GET"] },
            { kind: "exact", value: "/x", methods: [] },
          ],
        },
        { callers: { kind: "addresses", addresses: ["10.1.0.0/16"] } },
      ],
    });
  });

  it.each<[string, string, string[]]>([
    ["no upstream", "mode: managed", ["upstream missing-key"]],
    ["no image", "mode: image", ["image missing-key", "port missing-key", "egress missing-key"]],
    [
      "keys of the other mode",
      `mode: managed\n${upstream}\nimage: a:1\nenv: {}`,
      ["image other-exit-mode", "env other-exit-mode"],
    ],
    ["an upstream beside an image", `mode: image\n${image}\n${upstream}`, ["upstream other-exit-mode"]],
    ["TLS that trusts nobody", tls("mode: simple"), ["upstream.tls exactly-one"]],
    [
      "TLS that trusts twice",
      tls("mode: simple, credentialName: a, caCertificates: /a"),
      ["upstream.tls exactly-one"],
    ],
    [
      "files beside a Secret",
      tls("mode: mutual, credentialName: a, clientCertificate: /a"),
      ["upstream.tls.clientCertificate invalid-tls"],
    ],
    ["a rule for nobody", rules("environments: [alpha]"), ["allow.0 exactly-one"]],
    ["a rule for both", rules("addresses: [10.0.0.1]", "namespaces: [a]"), ["allow.0 exactly-one"]],
    [
      "a rule by namespace without mutual TLS",
      rules("namespaces: [a]"),
      ["allow.0.namespaces identity-needs-mutual-tls"],
    ],
    [
      "a path that is both",
      rules("addresses: [10.0.0.1]", "paths: [{ exact: /a, prefix: /a }]"),
      ["allow.0.paths.0 exactly-one"],
    ],
    [
      "too many replicas at least",
      `mode: managed\n${upstream}\nminReplicas: 11`,
      ["minReplicas invalid-autoscaling"],
    ],
    [
      "egress to both",
      "mode: image\nimage: a:1\nport: 8080\negress: [{ namespace: a, addresses: [10.0.0.1] }]",
      ["egress.0 exactly-one"],
    ],
  ])("may not have %s", (_, yaml, expected) => {
    expect(found(yaml)).toEqual(expected);
  });
});
