// Puts a report on the merge request of the pipeline, in place of the one that an earlier pipeline put there.
// Usage: comment.mjs <file>
import { readFile } from "node:fs/promises";
import process from "node:process";

const marker = "<!-- kfaas-report -->";
const { CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID, KFAAS_COMMENT_TOKEN } = process.env;

if (KFAAS_COMMENT_TOKEN === undefined || KFAAS_COMMENT_TOKEN === "") {
  process.stderr.write("No KFAAS_COMMENT_TOKEN: the report stays in the artifacts.\n");
} else {
  await comment(await readFile(process.argv[2] ?? "", "utf8"));
}

async function comment(body) {
  const notes = `${CI_API_V4_URL}/projects/${CI_PROJECT_ID}/merge_requests/${CI_MERGE_REQUEST_IID}/notes`;
  const own = await findNote(notes);
  await request(own === undefined ? notes : `${notes}/${own.id}`, {
    method: own === undefined ? "POST" : "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ body }),
  });
}

async function findNote(notes) {
  for (let page = "1"; page !== "";) {
    const response = await request(`${notes}?per_page=100&page=${page}`);
    const found = (await response.json()).find(({ body, system }) => !system && body.startsWith(marker));
    if (found !== undefined) return found;
    page = response.headers.get("x-next-page") ?? "";
  }
  return undefined;
}

async function request(url, options = {}) {
  const response = await fetch(url, {
    ...options,
    headers: { ...options.headers, "private-token": KFAAS_COMMENT_TOKEN },
  });
  if (!response.ok)
    throw new Error(`${options.method ?? "GET"} ${url}: ${response.status} ${await response.text()}`);
  return response;
}
