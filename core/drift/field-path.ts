/** Keys and list positions that lead to a field of an object. */
export type FieldPath = readonly (string | number)[];

/** `spec.http[0].match[1].uri`, `metadata.labels["istio.io/rev"]` */
export function fieldPathText(path: FieldPath): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (!/^[\w-]+$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");
}

/** https://datatracker.ietf.org/doc/html/rfc6901 */
export function jsonPointer(path: FieldPath): string {
  return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
