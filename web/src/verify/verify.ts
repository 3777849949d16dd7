/**
 * Verification: the checks that stand between an evidence file and a person's trust in it.
 *
 * The counterpart of `ledger/evidence/verify.py`, check by check and sentence by sentence; a test
 * holds the two together. It needs no network and no clock (the caller says what time it is), and
 * throws nothing, whatever it is given.
 */

import { checkAnchor, checkLog, checkRecord, checkSeals, checkSignatures, checkValidators } from "./checks.ts";
import { type Finding, passed, skipped } from "./checks.ts";
import { checkContents, checkNumber } from "./contents.ts";
import { LedgerError } from "./errors.ts";
import { checkDisclosed } from "./fields.ts";
import { written } from "./json.ts";
import type { Evidence } from "./model.ts";
import { parseEvidence } from "./parse.ts";
import type { Check, CheckName, Report } from "./report.ts";
import { type Demands, Run } from "./run.ts";

const STEPS: readonly (readonly [CheckName, (run: Run) => Finding])[] = [
  ["anchor", checkAnchor],
  ["validators", checkValidators],
  ["seal", checkSeals],
  ["log", checkLog],
  ["signature", checkSignatures],
  ["record", checkRecord],
  ["contents", checkContents],
  ["number", checkNumber],
  ["fields", checkDisclosed],
  ["expected", checkExpected],
  ["age", checkAge],
];

/** What a file proves to someone with these demands: every check made, the failed one last. */
export function verifyEvidence(data: Uint8Array, demands: Demands): Report {
  return verifyRead(() => parseEvidence(data), demands);
}

/** The same for evidence however it is read; `read` throws for what is none. */
export function verifyRead(read: () => Evidence, demands: Demands): Report {
  const checks: Check[] = [];
  let evidence: Evidence;
  try {
    evidence = read();
  } catch (error) {
    return failure(checks, "file", error, null);
  }
  const run = new Run(evidence, demands);
  const sound = "The file is well-formed evidence, in its one canonical form.";
  checks.push({ name: "file", outcome: "passed", sentence: sound });
  for (const [name, step] of STEPS) {
    try {
      const [outcome, sentence] = step(run);
      checks.push({ name, outcome, sentence });
    } catch (error) {
      return failure(checks, name, error, evidence);
    }
  }
  return {
    checks,
    field: "",
    network: evidence.network,
    subject: evidence.subject,
    header: run.newest(),
    signers: run.signers,
    validators: run.sets().at(-1)![1].validators.length,
    statements: run.statements,
    record: run.record,
    document: run.document,
    number: run.number,
    fields: run.fields,
    discloser: run.discloser,
  };
}

function failure(checks: Check[], name: CheckName, error: unknown, evidence: Evidence | null): Report {
  // What is no LedgerError is a mistake of ours or a browser out of memory: the file is not relied on.
  const known = error instanceof LedgerError ? error : null;
  const sentence = known?.message ?? `this verifier could not finish the check (${String(error)})`;
  return {
    checks: [...checks, { name, outcome: "failed", sentence }],
    field: known?.field ?? "",
    network: evidence?.network ?? "",
    subject: evidence?.subject ?? "",
    header: null,
    signers: [],
    validators: 0,
    statements: [],
    record: null,
    document: null,
    number: "",
    fields: [],
    discloser: "",
  };
}

function checkExpected(run: Run): Finding {
  const expect = run.demands.expect ?? [];
  if (expect.length === 0) return skipped("You asked for no particular document or status.");
  for (const { field, value } of expect) {
    const found = lookUp(run, field);
    if (found === null || !value.split("|").includes(found)) {
      const reason = `expected ${value}, the evidence says ${found === null || found === "" ? "nothing" : found}`;
      throw new LedgerError("evidence", reason, field);
    }
  }
  const wanted = expect.map(({ field, value }) => `${field} ${value}`).join(", ");
  return passed(`It is what you expected: ${wanted}.`);
}

/** The text of a field, or null; `bill` is the number where it is proven, else the record key. */
function lookUp(run: Run, name: string): string | null {
  const { subject } = run.evidence;
  if (name === "subject") return subject;
  if (name === "bill") return run.number === "" ? subject : run.number;
  const inDocument = "document.";
  const found = name.startsWith(inDocument)
    ? own(run.document, name.slice(inDocument.length))
    : own(run.record, name === "status" ? "state" : name);
  return found === null ? null : written(found);
}

function own(value: Run["record"], name: string): NonNullable<Run["record"]>[string] {
  return value !== null && Object.hasOwn(value, name) ? value[name]! : null;
}

function checkAge(run: Run): Finding {
  const { maxAgeMs, nowMs } = run.demands;
  const newest = run.newest();
  if (maxAgeMs === undefined) {
    return skipped(`Current as of block ${newest.height}; you set no limit to its age.`);
  }
  if (nowMs === undefined) {
    throw new LedgerError("evidence", "a limit to the age needs the reader's clock", "age");
  }
  const age = nowMs - newest.time_ms;
  const seconds = (ms: number): number => Math.floor(ms / 1000);
  if (age > maxAgeMs) {
    const reason = `current as of ${seconds(age)} seconds ago, your limit is ${seconds(maxAgeMs)}`;
    throw new LedgerError("evidence", reason, "age");
  }
  return passed(`Current as of ${seconds(Math.max(0, age))} seconds ago, within your limit.`);
}
