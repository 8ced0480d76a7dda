const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** Size of a Kubernetes quantity such as `100m` or `1Gi`; undefined if it is none. */
export function parseQuantity(value: unknown): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([numkMGTP]|[KMGTP]i)?$/.exec(String(value));
  const factor = factors[match?.[2] ?? ""];
  return match === null || factor === undefined ? undefined : Number(match[1]) * factor;
}
