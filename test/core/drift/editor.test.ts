import { describe, expect, it } from "@jest/globals";
import { editorOf, lastEditor } from "../../../core/drift/editor.ts";

const object = {
  metadata: {
    managedFields: [
      { manager: "kfaas", time: "2026-01-01T00:00:00Z", fieldsV1: { "f:spec": { "f:hosts": {} } } },
      { manager: "kubectl-edit", time: "2026-01-02T00:00:00Z", fieldsV1: { "f:spec": { "f:http": {} } } },
      {
        manager: "kubectl-label",
        time: "2026-01-03T00:00:00Z",
        fieldsV1: { "f:metadata": { "f:labels": { "f:a": {} } } },
      },
      { manager: "pilot", time: "2026-01-04T00:00:00Z", subresource: "status", fieldsV1: { "f:status": {} } },
    ],
  },
};

describe("who edited a field", () => {
  it("is who owns the list that it is in", () => {
    expect(editorOf(object, ["spec", "http", 0, "fault"], "kfaas")).toEqual({
      manager: "kubectl-edit",
      time: "2026-01-02T00:00:00Z",
    });
  });

  it("is who owns the field itself", () => {
    expect(editorOf(object, ["metadata", "labels", "a"], "kfaas").manager).toBe("kubectl-label");
  });

  it("is whoever else wrote last, where nobody owns it because it is gone", () => {
    expect(editorOf(object, ["spec", "hosts", 1], "kfaas").manager).toBe("kubectl-label");
  });

  it("is not known of an object that only its deployer wrote", () => {
    expect(
      editorOf({ metadata: { managedFields: [object.metadata.managedFields[0]] } }, ["spec"], "kfaas"),
    ).toEqual({
      manager: null,
      time: null,
    });
    expect(lastEditor({})).toEqual({ manager: null, time: null });
  });

  it("of a whole object is its last writer, status aside", () => {
    expect(lastEditor(object).manager).toBe("kubectl-label");
  });
});
