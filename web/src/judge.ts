/**
 * For the test that holds this verifier against Python's: judges each line of standard input, a
 * case as JSON, and answers with a line that holds its report. Runs under node, is in no page.
 */

import { concat, decodeBase64Url, textOf, utf8 } from "./verify/bytes.ts";
import { type Json, MAX_DOCUMENT_DEPTH, parseJson, writeJson } from "./verify/json.ts";
import { parseGenesis } from "./verify/parse.ts";
import { verdictOf } from "./verify/report.ts";
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
  const report = verifyEvidence(decodeBase64Url(line.data, "data"), demands);
  return { ...report, checks: report.checks.map((one) => [one.name, one.outcome, one.sentence]), ...verdictOf(report) };
}

/** The RFC 8785 form of I-JSON, or null for what is none. */
function rewritten(data: string): string | null {
  try {
    return writeJson(parseJson(decodeBase64Url(data, "data"), MAX_DOCUMENT_DEPTH) as Json);
  } catch {
    return null;
  }
}

const chunks: Uint8Array[] = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const input = textOf(concat(...chunks), "input");
for (const line of input.split("\n").filter((one) => one !== "")) {
  const given = JSON.parse(line) as Case & { json?: string };
  const answer = given.json === undefined ? judge(given) : rewritten(given.json);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
