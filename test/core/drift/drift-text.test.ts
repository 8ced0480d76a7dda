import { describe, expect, it } from "@jest/globals";
import { driftText } from "../../../core/drift/drift-text.ts";
import type { DriftItem } from "../../../core/drift/find-drift.ts";

const item: DriftItem = {
  kind: "changed",
  object: "VirtualService n/a",
  path: "spec.http[0].fault",
  expected: null,
  actual: { abort: { httpStatus: 503 } },
  manager: "kubectl-edit",
  time: "2026-11-30T12:00:00Z",
  effect: "GET /x/ on h now answers 503 for 100 %",
  requests: "changed",
};

describe("drift as text", () => {
  it("gathers what is said of one object, and names its effect once", () => {
    const drift = [item, { ...item, path: "spec.exportTo", actual: ["."], manager: null, time: null }];
    expect(
      driftText({ drift, known: ["EnvoyFilter i/x"], stats: { planned: 9, compared: 9, read: 12 } }),
    ).toBe(
      `VirtualService n/a  changed
  spec.http[0].fault
    planned  nothing
    is       {"abort":{"httpStatus":503}}
    by kubectl-edit at 2026-11-30T12:00:00Z
  spec.exportTo
    planned  nothing
    is       ["."]
  GET /x/ on h now answers 503 for 100 %

Known and left out: EnvoyFilter i/x

1 changed in 9 planned objects; 12 objects read
`,
    );
  });

  it("says that there is none", () => {
    expect(driftText({ drift: [], known: [], stats: { planned: 1, compared: 1, read: 1 } })).toBe(
      "no drift in 1 planned object; 1 object read\n",
    );
  });
});
