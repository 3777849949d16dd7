/**
 * Builds what browsers run, into `dist/` at the root of the project: nothing of it is committed.
 *
 *   dist/web/judge.mjs     the verifier for node, which the agreement test runs
 */

import { build } from "esbuild";
import { fileURLToPath } from "node:url";
import path from "node:path";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const DIST = path.join(HERE, "..", "dist");

await build({
  entryPoints: [path.join(HERE, "src", "judge.ts")],
  outfile: path.join(DIST, "web", "judge.mjs"),
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node18",
  charset: "utf8",
  logLevel: "warning",
});
