/** What a verifier tells: every check it made, in a fixed order (`ledger/evidence/report.py`). */

import type { Json, JsonObject } from "./json.ts";
import type { Header } from "./model.ts";

export const CHECKS = [
  "file", "anchor", "validators", "seal", "log", "signature", "record", "contents", "number", "fields",
  "expected", "age",
] as const;
export type CheckName = (typeof CHECKS)[number];

export type Outcome = "passed" | "failed" | "not_applicable";

export type Check = Readonly<{ name: CheckName; outcome: Outcome; sentence: string }>;

/** Names and places of list elements that lead to a field of a document. */
export type Path = readonly (string | number)[];

/** A statement, or one act of a batch, that the log was shown to hold. */
export type ProvenStatement = Readonly<{
  id: string;
  issuer: string;
  on_behalf_of: string | null;
  act: string;
  index: number;
  /** Place in its batch, from 1; 0 for a statement of its own. */
  part: number;
  height: number;
  time_ms: number;
  body: JsonObject;
}>;

/** All checks made, the failed one last, and what they established: nothing but names when one failed. */
export type Report = Readonly<{
  checks: readonly Check[];
  /** The field at fault where a check failed. */
  field: string;
  network: string;
  subject: string;
  header: Header | null;
  signers: readonly string[];
  validators: number;
  statements: readonly ProvenStatement[];
  record: JsonObject | null;
  document: JsonObject | null;
  number: string;
  fields: readonly (readonly [Path, Json])[];
  discloser: string;
}>;

export type Verdict = "verified" | "caution" | "not_verified";

/** The verdict and the failed check. Only age and an unknown network are a caution. */
export function verdictOf(report: Report): { verdict: Verdict; failed: CheckName | null } {
  const failed = report.checks.find((check) => check.outcome === "failed")?.name ?? null;
  if (failed === null) return { verdict: "verified", failed };
  const cautious = failed === "age" || (failed === "anchor" && report.field === "network");
  return { verdict: cautious ? "caution" : "not_verified", failed };
}
