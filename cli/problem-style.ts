import { isatty } from "node:tty";
import pc from "picocolors";
import { plainStyle, type ProblemStyle } from "../core/problem-text.ts";

/** Colours for a terminal, none for a pipe, a file or NO_COLOR. */
export function problemStyle(stream: { readonly fd: number }): ProblemStyle {
  // `stream.isTTY` is undefined for a pipe, which createColors would take for "as the environment says".
  const colors = pc.createColors(isatty(stream.fd) && pc.isColorSupported);
  if (!colors.isColorSupported) return plainStyle;
  const bySeverity = { error: colors.red, warning: colors.yellow, info: colors.cyan };
  return {
    severity: (text, severity) => colors.bold(bySeverity[severity](text)),
    place: (text) => colors.underline(text),
    faint: (text) => colors.dim(text),
  };
}
