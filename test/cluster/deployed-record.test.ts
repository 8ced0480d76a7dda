import { describe, expect, it } from "@jest/globals";
import { readDeployedRecord } from "../../cluster/deployed-record.ts";
import { withMocks } from "../support/mocks.ts";

const record = { name: "test", uid: "uid-1" };
const outputsCall = "pulumi:pulumi:readStackOutputs";
const resourcesCall = "pulumi:pulumi:readStackResourceOutputs";
const recordUrn =
  "urn:pulumi:test::kfaas::kfaas:mesh:KfaasNamespace$kubernetes:core/v1:ConfigMap::kfaas-system/kfaas-cluster";

describe("readDeployedRecord", () => {
  it("asks for the running stack's own outputs and nothing else where these say it", async () => {
    const asked: unknown[] = [];
    const registered = await withMocks({
      [outputsCall]: (inputs) => {
        asked.push(inputs);
        return { outputs: { cluster: record } };
      },
    });
    expect(await readDeployedRecord()).toEqual(record);
    expect(asked).toEqual([{ name: "organization/kfaas/test" }]);
    expect(await registered()).toEqual([]);
  });

  it("finds the record among the resources that a failed first up left behind", async () => {
    await withMocks({
      [outputsCall]: () => ({ outputs: {} }),
      [resourcesCall]: () => ({
        outputs: {
          "urn:pulumi:test::kfaas::kubernetes:core/v1:ConfigMap::kfaas-system/other": {
            outputs: { data: { name: "no" } },
          },
          [recordUrn]: { type: "kubernetes:core/v1:ConfigMap", outputs: { data: record } },
        },
      }),
    });
    expect(await readDeployedRecord()).toEqual(record);
  });

  it.each([
    ["a stack that was never deployed", {}],
    ["a record that cannot be read", { [recordUrn]: { outputs: { data: { name: "test" } } } }],
    ["a record without any state", { [recordUrn]: {} }],
  ])("knows nothing of %s", async (_, outputs) => {
    await withMocks({ [outputsCall]: () => ({ outputs: {} }), [resourcesCall]: () => ({ outputs }) });
    expect(await readDeployedRecord()).toBeUndefined();
  });
});
