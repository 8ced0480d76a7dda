import { describe, expect, it } from "@jest/globals";
import type {
  AllowedPath,
  AllowRule,
  ManagedExitGateway,
  Upstream,
  UpstreamTls,
} from "../../core/exit-gateway.ts";
import { checkExit } from "../../core/exit-rules.ts";
import { anExitGateway, anImageExitGateway } from "../support/builders.ts";

const found = (exit: Parameters<typeof checkExit>[0]): string[] =>
  checkExit(exit, ["alpha", "beta"]).map(({ path, code }) => `${path.join(".")} ${code}`);
const ofUpstream = (upstream: Partial<Upstream>): string[] => found(anExitGateway(upstream));
const ofPolicy = (changes: Partial<ManagedExitGateway>): string[] => found(anExitGateway({}, changes));

const outside = { host: "export.java.example.com", port: 8443 };
const trust = { credentialName: "java-tls" };
const ofTls = (tls: UpstreamTls): string[] => ofUpstream({ ...outside, tls });

describe("an exit gateway without fault", () => {
  it.each<[string, Parameters<typeof checkExit>[0]]>([
    ["before a Service of the cluster", anExitGateway()],
    ["before a host that DNS knows", anExitGateway(outside)],
    ["before machines", anExitGateway({ ...outside, addresses: ["10.1.2.3", "2001:db8::1"] })],
    ["with TLS by a Secret", anExitGateway({ ...outside, tls: { mode: "mutual", trust } })],
    [
      "with TLS by files",
      anExitGateway({
        ...outside,
        tls: { mode: "simple", trust: { caCertificates: "/etc/ssl/certs/ca-certificates.crt" } },
      }),
    ],
    ["with an image", anImageExitGateway()],
    [
      "with rules",
      anExitGateway(
        {},
        {
          mutualTls: true,
          allow: [
            { callers: { kind: "namespaces", namespaces: ["faas-alpha"] }, environments: ["alpha"] },
            {
              callers: { kind: "addresses", addresses: ["10.1.0.0/16"] },
              paths: [{ kind: "prefix", value: "/orders/", methods: ["GET"] }],
            },
          ],
        },
      ),
    ],
  ])("%s", (_, exit) => {
    expect(found(exit)).toEqual([]);
  });
});

describe("an upstream", () => {
  it.each<[string, Partial<Upstream>, string[]]>([
    ["that is an address", { host: "10.1.2.3" }, ["upstream.host invalid-host"]],
    ["that is no name", { host: "http://java" }, ["upstream.host invalid-host"]],
    ["without a port", { port: 0 }, ["upstream.port invalid-port"]],
    [
      "with an address that is none",
      { ...outside, addresses: ["10.1.2"] },
      ["upstream.addresses.0 invalid-address"],
    ],
    ["with a range", { ...outside, addresses: ["10.0.0.0/8"] }, ["upstream.addresses.0 invalid-address"]],
    ["of the cluster with addresses", { addresses: ["10.1.2.3"] }, ["upstream.addresses invalid-address"]],
  ])("%s", (_, upstream, expected) => {
    expect(ofUpstream(upstream)).toEqual(expected);
  });

  it("that is an address is told how to write it", () => {
    expect(checkExit(anExitGateway({ host: "10.1.2.3" }), [])[0]?.fix).toContain('addresses: ["10.1.2.3"]');
  });
});

describe("TLS to the upstream", () => {
  const ca = { caCertificates: "/ca.crt" };
  it.each<[string, UpstreamTls, string[]]>([
    [
      "asking for a name that is none",
      { mode: "simple", trust, sni: "*" },
      ["upstream.tls.sni invalid-host"],
    ],
    [
      "with a wildcard for a name",
      { mode: "simple", trust, subjectAltNames: ["*.example.com"] },
      ["upstream.tls.subjectAltNames.0 invalid-tls"],
    ],
    [
      "by a Secret that cannot be",
      { mode: "simple", trust: { credentialName: "kubernetes://x" } },
      ["upstream.tls.credentialName invalid-name"],
    ],
    [
      "mutual without a certificate",
      { mode: "mutual", trust: ca },
      ["upstream.tls invalid-tls", "upstream.tls invalid-tls"],
    ],
    [
      "simple with a certificate",
      { mode: "simple", trust: { ...ca, clientCertificate: "/a", privateKey: "/b" } },
      ["upstream.tls.clientCertificate invalid-tls", "upstream.tls.privateKey invalid-tls"],
    ],
    [
      "by what is no path",
      { mode: "simple", trust: { caCertificates: "system" } },
      ["upstream.tls.caCertificates invalid-tls"],
    ],
  ])("%s", (_, tls, expected) => {
    expect(ofTls(tls)).toEqual(expected);
  });
});

describe("timeout, retries and next hop follow the rules of routes and of the entry gateway", () => {
  it.each<[string, Partial<ManagedExitGateway>, string[]]>([
    ["timeout", { timeout: "0s" }, ["timeout invalid-duration"]],
    ["attempts", { retries: { attempts: -1 } }, ["retries.attempts invalid-retries"]],
    ["conditions", { retries: { attempts: 1, retryOn: ["5x"] } }, ["retries.retryOn.0 invalid-retries"]],
    ["limits", { connectionPool: { maxConnections: 0 } }, ["connectionPool.maxConnections invalid-limit"]],
  ])("%s", (_, changes, expected) => {
    expect(ofPolicy(changes)).toEqual(expected);
  });
});

describe("a rule", () => {
  const callers: AllowRule["callers"] = { kind: "addresses", addresses: ["10.1.0.0/16"] };
  const namespaces: AllowRule["callers"] = { kind: "namespaces", namespaces: ["faas-alpha"] };
  const path = (value: string, methods: string[] = []): AllowedPath[] => [{ kind: "prefix", value, methods }];

  it.each<[string, AllowRule, string[]]>([
    ["by namespace in plain HTTP", { callers: namespaces }, ["allow.0.namespaces identity-needs-mutual-tls"]],
    [
      "by an address that is none",
      { callers: { kind: "addresses", addresses: ["10.1.0.0/33"] } },
      ["allow.0.addresses.0 invalid-address"],
    ],
    [
      "for an unknown environment",
      { callers, environments: ["aplha"] },
      ["allow.0.environments.0 unknown-environment"],
    ],
    ["for half a path", { callers, paths: path("orders/") }, ["allow.0.paths.0.prefix invalid-allowed-path"]],
    [
      "for a wildcard",
      { callers, paths: path("/orders/*") },
      ["allow.0.paths.0.prefix invalid-allowed-path"],
    ],
    ["for a template", { callers, paths: path("/{id}/") }, ["allow.0.paths.0.prefix path-never-matches"]],
    [
      "for a method that is none",
      { callers, paths: path("/", ["GTE"]) },
      ["allow.0.paths.0.method.0 invalid-method"],
    ],
  ])("%s", (_, rule, expected) => {
    expect(ofPolicy({ allow: [rule] })).toEqual(expected);
  });

  it("by a namespace that is none, also with mutual TLS", () => {
    const allow: AllowRule[] = [{ callers: { kind: "namespaces", namespaces: ["FaaS"] } }];
    expect(ofPolicy({ mutualTls: true, allow })).toEqual(["allow.0.namespaces.0 invalid-name"]);
  });

  it("for an environment is not judged while nobody knows the environments", () => {
    const exit = anExitGateway({}, { allow: [{ callers, environments: ["x"] }] });
    expect(checkExit(exit, undefined)).toEqual([]);
  });
});
