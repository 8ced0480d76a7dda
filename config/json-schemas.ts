import * as z from "zod";
import { acceptedFileShape, clustersFileShape, pathsFileShape } from "./ownership-files.ts";
import { serviceFileShape } from "./service-file-shape.ts";
import { stackFileShape } from "./stack-config-shape.ts";

/** What editors check files against while they are written, by name of the file in `schemas/`: JSON Schema 2020-12. */
export const jsonSchemas = {
  "service.schema.json": z.toJSONSchema(serviceFileShape),
  "stack.schema.json": z.toJSONSchema(stackFileShape),
  "paths.schema.json": z.toJSONSchema(pathsFileShape),
  "accepted.schema.json": z.toJSONSchema(acceptedFileShape),
  "clusters.schema.json": z.toJSONSchema(clustersFileShape),
};
