import { describe, expect, it } from "@jest/globals";
import {
  checkHost,
  checkLabel,
  checkLabelValue,
  checkServiceName,
  maximumEnvironmentName,
} from "../../core/kubernetes-name.ts";
import { environmentHostName } from "../../core/mesh/names.ts";

const codes = (violations: readonly { code: string }[]) => violations.map(({ code }) => code);
const longest = "a".repeat(63);

describe("names that Kubernetes takes", () => {
  it.each(["a", "a-b", "3d", "a--b", longest])("namespace %s", (name) => {
    expect(checkLabel("the namespace", name)).toEqual([]);
  });

  it.each(["", "A", "a.b", "a_b", "-a", "a-", "ä", "a b", "a\n"])("no namespace %j", (name) => {
    expect(codes(checkLabel("the namespace", name))).toEqual(["invalid-name"]);
  });

  it("no name longer than a DNS label", () => {
    expect(codes(checkLabel("the namespace", `${longest}a`))).toEqual(["name-too-long"]);
  });

  it("no service that begins with a digit, because a Service may not", () => {
    expect(codes(checkServiceName("the service", "3d"))).toEqual(["invalid-name"]);
    expect(checkServiceName("the service", "v3d")).toEqual([]);
  });

  it("no environment whose host would be too long, and the longest that fits", () => {
    expect(environmentHostName("e".repeat(maximumEnvironmentName))).toHaveLength(63);
  });

  it.each(["team", "Team_1.a-b", longest])("label value %s", (value) => {
    expect(checkLabelValue("the team", value)).toEqual([]);
  });

  it.each(["", "a team", "-a", "a/b", `${longest}a`])("no label value %j", (value) => {
    expect(codes(checkLabelValue("the team", value))).toEqual(["invalid-name"]);
  });

  it.each(["a.b", "java-export-gateway.java-system.svc.cluster.local", "1.a"])("host %s", (host) => {
    expect(checkHost("the host", host)).toEqual([]);
  });

  it.each([
    "",
    "localhost",
    "10.0.0.1",
    "http://a.b",
    "a.b:80",
    "a.b/",
    "*.a.b",
    "A.b",
    "a..b",
    "a.b.",
    `${longest}a.b`,
    `${"a.".repeat(127)}b`,
  ])("no host %j", (host) => {
    expect(codes(checkHost("the host", host))).toEqual(["invalid-host"]);
  });
});
