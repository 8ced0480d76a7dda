/** Amounts as Kubernetes writes them. Only the forms that people use: whole numbers of these units. */

/** Thousandths of a CPU: 500 of `500m`, 2000 of `2`; undefined for anything else and for nothing. */
export function parseCpu(text: string): number | undefined {
  const match = /^([1-9]\d{0,5})(m?)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (match[2] === "m" ? 1 : 1000);
}

/** Mebibytes: 512 of `512Mi`, 1024 of `1Gi`; undefined for anything else and for nothing. */
export function parseMemory(text: string): number | undefined {
  const match = /^([1-9]\d{0,5})(Mi|Gi)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (match[2] === "Mi" ? 1 : 1024);
}

// Written as the apiserver does, so that a live object compares equal to the plan.

export function cpuQuantity(millis: number): string {
  return millis % 1000 === 0 ? String(millis / 1000) : `${String(millis)}m`;
}

export function memoryQuantity(mebibytes: number): string {
  return mebibytes % 1024 === 0 ? `${String(mebibytes / 1024)}Gi` : `${String(mebibytes)}Mi`;
}
