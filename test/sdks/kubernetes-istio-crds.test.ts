import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import * as k8s from "@pulumi/kubernetes";
import { networking, security } from "@pulumi/kubernetes-istio-crds";
import {
  type Crd,
  describeSource,
  formatCrds,
  generateTypes,
  kinds,
  locateIstio,
  readCrds,
} from "../../sdks/kubernetes-istio-crds/generate.ts";
import { withMocks } from "../support/mocks.ts";

const root = join(import.meta.dirname, "../../sdks/kubernetes-istio-crds");
const committed = (file: string): string => readFileSync(join(root, file), "utf8");
const crds = JSON.parse(committed("crds.json")) as Record<string, Crd>;
const istio = locateIstio();

describe("what is committed of @pulumi/kubernetes-istio-crds", () => {
  it("comes from the Istio that the tools are pinned to, and nobody edited it (if not: npm run crds)", () => {
    expect(committed("source.json")).toBe(describeSource(istio.version, committed("crds.json")));
  });

  // Only machines that have built istiod have its module.
  (istio.directory === undefined ? it.skip : it)(
    "holds Istio's definitions as they are, without texts",
    () => {
      const generated = formatCrds(readCrds(istio.directory ?? ""));
      expect(generated === committed("crds.json")).toBe(true);
      expect(generated).not.toContain('"description":"');
    },
  );

  it("holds the types and classes that follow from the definitions", async () => {
    for (const [file, text] of await generateTypes(crds))
      expect([file, committed(file)]).toEqual([file, text]);
  });

  it("covers the kinds in use and no others", () => {
    expect(Object.keys(crds)).toEqual(kinds);
  });

  it("has the version of the Istio it was made from", () => {
    const { version } = JSON.parse(committed("package.json")) as { version: string };
    const api = /istio\.io\/api v(\d+\.\d+)\./.exec(
      readFileSync(join(root, "../../tools/control-plane/go.mod"), "utf8"),
    );
    expect(version).toMatch(new RegExp(`^${api?.[1] ?? "none"}\\.`));
  });
});

describe("its classes", () => {
  const metadata = { name: "a", namespace: "n" };
  const spec = { hosts: ["a.example.com"], gateways: ["n/g"], http: [{ match: [{ uri: { prefix: "/" } }] }] };

  it("register what CustomResource, and so crd2pulumi's classes, would: the state stays as it is", async () => {
    const apiVersion = "networking.istio.io/v1";
    const asCustomResource = await withMocks();
    new k8s.apiextensions.CustomResource("n/a", { apiVersion, kind: "VirtualService", metadata, spec });
    const [before] = await asCustomResource();

    const asClass = await withMocks();
    new networking.v1.VirtualService("n/a", { metadata, spec });
    const [after] = await asClass();

    expect(after).toEqual({ ...before, formerTypes: after?.formerTypes });
  });

  it.each([
    ["networking.istio.io/v1", "Gateway", networking.v1.Gateway],
    ["networking.istio.io/v1beta1", "Gateway", networking.v1beta1.Gateway],
    ["networking.istio.io/v1alpha3", "Gateway", networking.v1alpha3.Gateway],
    ["networking.istio.io/v1", "ServiceEntry", networking.v1.ServiceEntry],
    ["networking.istio.io/v1", "DestinationRule", networking.v1.DestinationRule],
    ["security.istio.io/v1", "AuthorizationPolicy", security.v1.AuthorizationPolicy],
  ] as const)(
    "take over the state of an object of every version but their own: %s %s",
    async (apiVersion, kind, Kind) => {
      const registered = await withMocks();
      new Kind("n/a", { metadata });
      const [object] = await registered();
      const [group = ""] = apiVersion.split("/");
      const versions =
        crds[kind]?.spec.versions.map(({ name }) => `kubernetes:${group}/${name}:${kind}`) ?? [];
      expect(object?.type).toBe(`kubernetes:${apiVersion}:${kind}`);
      expect(object?.inputs).toEqual({ apiVersion, kind, metadata });
      expect([...(object?.formerTypes ?? []), object?.type].sort()).toEqual(versions.sort());
    },
  );

  it("keep aliases that the caller gives", async () => {
    const registered = await withMocks();
    new networking.v1.VirtualService(
      "n/a",
      { metadata },
      { aliases: [{ type: "kubernetes:example.com/v1:Old" }] },
    );
    const [object] = await registered();
    expect(object?.formerTypes).toContain("kubernetes:example.com/v1:Old");
    expect(object?.formerTypes).toContain("kubernetes:networking.istio.io/v1beta1:VirtualService");
  });
});
