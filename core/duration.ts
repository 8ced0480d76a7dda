import type { Violation } from "./violation.ts";

/** As Kubernetes writes durations: Go's syntax without a sign, for example `10s`, `300ms`, `1m30s` or `1.5s`. */
export const durationPattern = /^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/;

const nanoseconds: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** Go's time.Duration ends here, after 292 years. */
const longest = 2n ** 63n - 1n;

/** Length in nanoseconds, exact; `undefined` if the text is no duration. */
export function parseDuration(text: string): bigint | undefined {
  // A number of this length would only cost time.
  if (text.length > 64 || !durationPattern.test(text)) return undefined;
  let total = 0n;
  for (const [, whole = "0", fraction = "", unit = ""] of text.matchAll(
    /(\d+)(?:\.(\d+))?(ns|us|µs|ms|s|m|h)/g,
  )) {
    const scale = nanoseconds[unit] ?? 0n;
    total += BigInt(whole) * scale + (BigInt(fraction || "0") * scale) / 10n ** BigInt(fraction.length);
  }
  return total;
}

/**
 * Istio takes whole milliseconds from 1 ms up: https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRoute-timeout
 * @param step what the length must be a multiple of; CORS ages are whole seconds.
 */
export function checkDuration(text: string, step: "ms" | "s" = "ms"): Violation[] {
  const violation = (message: string, fix: string): Violation[] => [
    { code: "invalid-duration", path: [], message: `${quote(text)} ${message}`, fix },
  ];
  const length = parseDuration(text);
  if (length === undefined) {
    return violation("is not a duration", "write a number with a unit, such as 10s, 300ms or 1m30s");
  }
  if (length === 0n) return violation("would be refused by Istio", "leave the line out if there is no limit");
  if (length > longest) return violation("is longer than 292 years", "write a shorter one");
  const scale = nanoseconds[step] ?? 1n;
  if (length % scale !== 0n) {
    const unit = step === "ms" ? "milliseconds" : "seconds";
    return violation(`is not a whole number of ${unit}`, `round it to whole ${unit}`);
  }
  return [];
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
