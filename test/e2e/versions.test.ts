import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { KubernetesObject } from "../../core/mesh/plan-objects.ts";
import { EmbeddedMesh } from "../support/embedded-mesh.ts";
import { everyPair, richObjects } from "../support/feature-rich-stack.ts";
import { Workspace } from "../support/workspace.ts";

const minutes = 60_000;

// What today's API server and istiod's validating webhook say to what is rendered for every version. Older ones than the pinned
// istiod are not run: of these only the API's history is compared (test/core/mesh/every-version.test.ts).
describe("objects for every Istio and Knative, on the real API server and webhook", () => {
  let workspace: Workspace;
  let mesh: EmbeddedMesh;

  /** Created and thrown away; resolves to what the server says. */
  const tryOut = async (objects: readonly KubernetesObject[]): Promise<string> =>
    mesh.kubectl
      .run(
        ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "-f", "-"],
        JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
      )
      .catch((error: unknown) => String(error));

  beforeAll(async () => {
    workspace = await Workspace.create("test");
    mesh = await EmbeddedMesh.start(workspace, "test");
    await mesh.kubectl.run(["create", "namespace", "kfaas-system"]);
  }, 5 * minutes);

  afterAll(async () => {
    await mesh.stop();
    await workspace.dispose();
  }, minutes);

  it(
    "are taken, each different one of them",
    async () => {
      const texts = everyPair.flatMap((on) => richObjects(on).map((object) => JSON.stringify(object)));
      const distinct = [...new Set(texts)].map((text) => JSON.parse(text) as KubernetesObject);
      const said = (await tryOut(distinct)).trim().split("\n");

      expect(said.filter((line) => !line.endsWith("serverside-applied (server dry run)"))).toEqual([]);
      expect(said).toHaveLength(distinct.length);
      for (const version of ["v1", "v1beta1", "v1alpha3"])
        expect(distinct.some((object) => object.apiVersion === `networking.istio.io/${version}`)).toBe(true);
    },
    4 * minutes,
  );

  it("are judged by the webhook too: what only it can refuse, it refuses in every API version", async () => {
    for (const version of ["v1", "v1beta1", "v1alpha3"]) {
      const twice = {
        apiVersion: `networking.istio.io/${version}`,
        kind: "VirtualService",
        metadata: { name: "twice", namespace: "kfaas-system" },
        spec: {
          hosts: ["a.example.com"],
          http: [
            {
              rewrite: { authority: "a" },
              headers: { request: { set: { Host: "b" } } },
              route: [{ destination: { host: "c.example.com", port: { number: 80 } } }],
            },
          ],
        },
      };
      expect(await tryOut([twice])).toMatch(/admission webhook .* denied the request/);
    }
  });
});
