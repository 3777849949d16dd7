/**
 * For the test that holds this verifier against Python's: judges each line of standard input, a
 * case as JSON, and answers with a line that holds its report. Runs under node, is in no page.
 */

import { concat, decodeBase64Url, textOf, utf8 } from "./verify/bytes.ts";
import { linksOf } from "./verify/consignment.ts";
import { type Json, type JsonObject, MAX_DOCUMENT_DEPTH, parseJson, writeJson } from "./verify/json.ts";
import { isPackage, type PackageReport, packageVerdict, partVerdict, verifyPackage } from "./verify/package.ts";
import { parseGenesis } from "./verify/parse.ts";
import { type Report, verdictOf } from "./verify/report.ts";
import type { Anchor, Demands } from "./verify/run.ts";
import { verifyEvidence } from "./verify/verify.ts";

type Case = Readonly<{
  data: string;
  anchor: { network?: string; genesis?: string; height?: number; block_id?: string };
  expect?: Record<string, string>;
  max_age_ms?: number;
  now_ms?: number;
}>;

declare const process: {
  stdin: AsyncIterable<Uint8Array>;
  stdout: { write(text: string): void };
};

function anchorOf(given: Case["anchor"]): Anchor {
  if (given.height !== undefined) return { height: given.height, blockId: given.block_id ?? "" };
  const network = given.network ?? "";
  return given.genesis === undefined ? { network } : { network, genesis: parseGenesis(utf8(given.genesis)) };
}

function judge(line: Case): unknown {
  const demands: Demands = {
    anchor: anchorOf(line.anchor),
    expect: Object.entries(line.expect ?? {}).map(([field, value]) => ({ field, value })),
    ...(line.max_age_ms === undefined ? {} : { maxAgeMs: line.max_age_ms }),
    ...(line.now_ms === undefined ? {} : { nowMs: line.now_ms }),
  };
  const data = decodeBase64Url(line.data, "data");
  if (isPackage(data)) return packageTold(verifyPackage(data, demands));
  const report = verifyEvidence(data, demands);
  return { ...told(report), ...verdictOf(report) };
}

function told(report: Report): object {
  return { ...report, checks: report.checks.map((one) => [one.name, one.outcome, one.sentence]) };
}

function packageTold(report: PackageReport): object {
  const parts = report.parts.map((part) => ({ ...told(part.report), ...part, ...partVerdict(part), report: null }));
  return { ...report, parts, verdict: packageVerdict(report) };
}

/** The RFC 8785 form of I-JSON, or null for what is none. */
function rewritten(data: string): string | null {
  try {
    return writeJson(parseJson(decodeBase64Url(data, "data"), MAX_DOCUMENT_DEPTH) as Json);
  } catch {
    return null;
  }
}

/** The keys that a record links, in rising order, or null for a record of no known kind. */
function linked(key: string, record: JsonObject): string[] | null {
  const links = linksOf(key, record);
  if (links === null) return null;
  const { bills, containers, declarations, kin, master } = links;
  return [...new Set([...bills, ...containers, ...declarations, ...kin, ...(master === null ? [] : [master])])].sort();
}

const chunks: Uint8Array[] = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const input = textOf(concat(...chunks), "input");
for (const line of input.split("\n").filter((one) => one !== "")) {
  const given = JSON.parse(line) as Case & { json?: string; key?: string; record?: JsonObject };
  const { json, key, record } = given;
  const answer =
    json !== undefined ? rewritten(json) : key !== undefined ? linked(key, record ?? {}) : judge(given);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
