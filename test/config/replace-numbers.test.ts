import { describe, expect, it } from "@jest/globals";
import { replaceNumbers } from "../../config/replace-numbers.ts";

const text = `# yaml-language-server: $schema=x
release: { steps: [ 1,10, 100 ] }   # the plan


routes:
- name:   "main"
  match: [ { prefix: '/faas/api/ä/' } ]
  traffic:
  # blue
  - {service: shop,weight: 100} # all
  - service:   shop-green
    weight:    0 # nobody
`;

describe("replaceNumbers", () => {
  it("changes the numbers and not one other byte", () => {
    const weight = (index: number) => ["routes", 0, "traffic", index, "weight"];
    const changed = replaceNumbers(text, [
      { path: weight(0), value: 9 },
      { path: weight(1), value: 91 },
    ]);
    expect(changed).toBe(text.replace("weight: 100", "weight: 9").replace("weight:    0", "weight:    91"));
    const back = [
      { path: weight(1), value: 0 },
      { path: weight(0), value: 100 },
    ];
    expect(replaceNumbers(changed, back)).toBe(text);
  });

  it("leaves other line ends and an end without one as they are", () => {
    const windows = "a:\r\n  - b: 1 # c\r\n  - b: 22";
    expect(replaceNumbers(windows, [{ path: ["a", 1, "b"], value: 3 }])).toBe(
      "a:\r\n  - b: 1 # c\r\n  - b: 3",
    );
  });

  it("is the text itself without changes", () => {
    expect(replaceNumbers(text, [])).toBe(text);
  });

  it.each([[["routes", 1, "weight"]], [["routes", 0, "name"]], [["routes"]]])("refuses %j", (path) => {
    expect(() => replaceNumbers(text, [{ path, value: 1 }])).toThrow(RangeError);
  });
});
