/**
 * Whole percentages for the others of a split, in proportion to what they have, that add up to `rest`. What rounding leaves goes to those
 * it took most from, the earlier first.
 * @returns undefined if nothing says how to share it: none of several has a weight
 */
export function shareRest(weights: readonly number[], rest: number): number[] | undefined {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (rest === 0) return weights.map(() => 0);
  if (weights.length === 1) return [rest];
  if (sum === 0) return undefined;
  const exact = weights.map((weight) => (weight * rest) / sum);
  const whole = exact.map(Math.floor);
  const byLoss = exact
    .map((share, index) => ({ index, loss: share - Math.floor(share) }))
    .sort((a, b) => b.loss - a.loss || a.index - b.index);
  const missing = rest - whole.reduce((total, weight) => total + weight, 0);
  for (const { index } of byLoss.slice(0, missing)) whole[index] = (whole[index] ?? 0) + 1;
  return whole;
}
