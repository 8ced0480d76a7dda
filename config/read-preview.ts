import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import * as z from "zod";
import { type PreviewedStack, previewedChanges, stackOfSteps } from "../core/report/previewed-stack.ts";
import { UsageError } from "./usage-error.ts";

/** As far as we read it: https://github.com/pulumi/pulumi/blob/v3.215.0/pkg/display/json.go */
const previewShape = z.looseObject({
  steps: z.array(z.looseObject({ op: z.string(), urn: z.string() })).nullish(),
  changeSummary: z.record(z.string(), z.number()).nullish(),
  diagnostics: z.array(z.looseObject({ message: z.string(), severity: z.string() })).nullish(),
});

/**
 * Reads what `pulumi preview --json` printed.
 * @param name a file relative to `cwd`, or `<stack>=<file>`: a preview without any step does not say whose it is
 * @throws UsageError if it cannot be read, or is no preview
 */
export async function readPreview(cwd: string, name: string): Promise<PreviewedStack> {
  const [, stack, file = name] = /^([-_A-Za-z0-9.]+)=(.+)$/.exec(name) ?? [];
  let text: string;
  try {
    text = await readFile(resolve(cwd, file), "utf8");
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return parsePreview(text, { name: file, ...(stack === undefined ? {} : { stack }) });
}

/**
 * The same for a text that has been read.
 * @throws UsageError as above
 */
export function parsePreview(
  text: string,
  { name, stack }: { readonly name: string; readonly stack?: string },
): PreviewedStack {
  const { steps, diagnostics } = readShape(text, name);
  const said = stackOfSteps(steps ?? []);
  if (stack !== undefined && said !== undefined && said !== stack)
    throw new UsageError(`${name} is a preview of stack ${said}, not of ${stack}`);
  const known = stack ?? said;
  if (known === undefined)
    throw new UsageError(`${name} does not say which stack it is of: write <stack>=${name}`);
  const errors = (diagnostics ?? []).filter(({ severity }) => severity === "error");
  return {
    stack: known,
    changes: previewedChanges(steps ?? []),
    errors: errors.map(({ message }) => plainText(message)),
  };
}

function readShape(text: string, name: string): z.infer<typeof previewShape> {
  const result = previewShape.safeParse(parseJson(text));
  // Any of its keys may be missing, but not all of them.
  if (result.success && Object.keys(previewShape.shape).some((key) => key in result.data)) return result.data;
  throw new UsageError(`${name} is not what \`pulumi preview --json\` prints`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Without the engine's marks for colours, `<{%reset%}>`. */
function plainText(message: string): string {
  return message.replaceAll(/<\{%[^%]*%\}>/g, "").trim();
}
