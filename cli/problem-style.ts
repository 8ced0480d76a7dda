import pc from "picocolors";
import { plainStyle, type ProblemStyle } from "../core/problem-text.ts";

/** Colours for a terminal, none for a pipe, a file or NO_COLOR. */
export function problemStyle(stream: NodeJS.WriteStream): ProblemStyle {
  const colors = pc.createColors(stream.isTTY && pc.isColorSupported);
  if (!colors.isColorSupported) return plainStyle;
  const bySeverity = { error: colors.red, warning: colors.yellow, info: colors.cyan };
  return {
    severity: (text, severity) => colors.bold(bySeverity[severity](text)),
    place: (text) => colors.underline(text),
    faint: (text) => colors.dim(text),
  };
}
