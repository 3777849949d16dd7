/**
 * Packages: evidence of every record of a consignment side by side.
 *
 * The counterpart of `ledger/evidence/package.py` and of `verify_evidence_package` in
 * `contracts/consignment.py`: every part is verified as evidence is, from the one anchor, and only
 * what is proven says what belongs together.
 */

import { compareCodePoints, utf8 } from "./bytes.ts";
import { type Links, linksOf, trace } from "./consignment.ts";
import { LedgerError } from "./errors.ts";
import { networkId } from "./genesis.ts";
import { MAX_DEPTH, parseCanonical, writeJson } from "./json.ts";
import type { Evidence, Genesis } from "./model.ts";
import { checkEvidence, evidenceShape, genesisShape, hash, MAX_EVIDENCE_BYTES } from "./parse.ts";
import { type Report, type Verdict, verdictOf } from "./report.ts";
import type { Anchor, Demands } from "./run.ts";
import { list, listOrAbsent, literal, object, oneOf, shaped, text, uint } from "./shape.ts";
import { verifyRead } from "./verify.ts";

/** Largest package. */
export const MAX_PACKAGE_BYTES = 33_554_432;
const MAX_PARTS = 500;
const MAX_LEFT_OUT = 1_000;
/** How the one canonical form of a package begins. */
const START = utf8('{"format":"sealane-package"');

export type LeftOut = Readonly<{ subject: string; what: "contents" | "evidence"; reason: string }>;

export type Package = Readonly<{
  version: number;
  network: string;
  subject: string;
  parts: readonly Evidence[];
  left_out?: readonly LeftOut[];
  genesis?: Genesis;
}>;

/** What the verification of one part found. */
export type Part = Readonly<{
  subject: string;
  report: Report;
  /** Why the part is not relied on; empty when it verifies and belongs to the consignment. */
  fault: string;
  field: string;
  /** Whether the evidence is sound, but for its age, and the record does not belong to the consignment. */
  stray: boolean;
}>;

/** What the verification of a package found; no `parts` where it is none. */
export type PackageReport = Readonly<{
  network: string;
  subject: string;
  parts: readonly Part[];
  leftOut: readonly LeftOut[];
  /** Records that proven parts say belong to it, neither in the file nor said to be left out. */
  missing: readonly string[];
  /** Records of which only they themselves could say whether they belong to it. */
  open: readonly string[];
  /** The first thing that is wrong, and where; empty where nothing is. */
  fault: string;
  field: string;
}>;

const packageShape = object(
  {
    format: literal("sealane-package"), version: uint, network: hash, subject: text(0, 200),
    parts: list(evidenceShape, 1, MAX_PARTS),
  },
  {
    left_out: listOrAbsent(
      object({
        subject: text(0, 200), what: oneOf("contents", "evidence"),
        reason: text(0, 64, /^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/),
      }),
      MAX_LEFT_OUT,
    ),
    genesis: genesisShape,
  },
);

/** Whether a file means to be a package. */
export function isPackage(data: Uint8Array): boolean {
  return START.every((byte, place) => data[place] === byte);
}

/** The package that bytes encode; its parts are evidence in form only. */
export function parsePackage(data: Uint8Array): Package {
  const file = shaped<Package>(parseCanonical(data, MAX_PACKAGE_BYTES, MAX_DEPTH), packageShape);
  if (file.version !== 1) throw wrong(`package version ${file.version} is not known here`, "version");
  if (file.genesis !== undefined && networkId(file.genesis) !== file.network) {
    throw wrong("the enclosed genesis document is another network's", "genesis");
  }
  const subjects = file.parts.map((part) => part.subject);
  rising(subjects.map((subject) => [subject]), "parts");
  if (!subjects.includes(file.subject)) throw wrong(`${file.subject} is not among the parts`, "subject");
  file.parts.forEach((part, place) => {
    if (part.network !== file.network) throw wrong("the part is of another network", `parts.${place}.network`);
    if (part.genesis !== undefined) {
      throw wrong("the genesis stands once, beside the parts", `parts.${place}.genesis`);
    }
  });
  const lines = file.left_out ?? [];
  rising(lines.map((line) => [line.subject, line.what]), "left_out");
  const enclosed = new Map(file.parts.map((part) => [part.subject, part.contents !== undefined]));
  lines.forEach(({ subject, what }, place) => {
    if (enclosed.get(subject) !== (what === "evidence" ? undefined : false)) {
      throw wrong(`${what} of ${subject}: not what the parts leave out`, `left_out.${place}`);
    }
  });
  return file;
}

/** What a package proves to someone with these demands. */
export function verifyPackage(data: Uint8Array, demands: Demands): PackageReport {
  try {
    return verifyParsed(parsePackage(data), demands);
  } catch (error) {
    return unreadable(error);
  }
}

/** The report on what is no package. */
export function unreadable(error: unknown): PackageReport {
  const [fault, field] = error instanceof LedgerError ? [error.message, error.field] : [String(error), ""];
  return { network: "", subject: "", parts: [], leftOut: [], missing: [], open: [], fault, field };
}

/** The same of a package that is parsed; `told` hears how many parts are judged, of how many. */
export function verifyParsed(
  file: Package,
  demands: Demands,
  told: (done: number, total: number) => void = () => undefined,
): PackageReport {
  const shared: Demands = { verified: new Set(), ...demands, anchor: partAnchor(file, demands.anchor) };
  const { expect: wanted = [], ...others } = shared;
  const records = new Map<string, Links>();
  const found = file.parts.map((part, place): Part => {
    told(place, file.parts.length);
    const asked = part.subject === file.subject ? { ...others, expect: wanted } : others;
    const report = verifyRead(() => checkedPart(part), asked);
    const links = provenLinks(part, report);
    if (typeof links !== "string") records.set(part.subject, links);
    const found = { subject: part.subject, report, fault: reasonOf(report), field: report.field, stray: false };
    return typeof links === "string" ? asStray(found, links, "record") : found;
  });
  return connected(file, found, records);
}

/** The verdict on a part, and the check that failed: `belongs` where the evidence is sound. */
export function partVerdict(part: Part): { verdict: Verdict; failed: string | null } {
  return part.stray ? { verdict: "not_verified", failed: "belongs" } : verdictOf(part.report);
}

/** The part, which does not belong, if its evidence is sound: that it is old excuses no stranger. */
function asStray(part: Part, fault: string, field: string): Part {
  const { failed } = verdictOf(part.report);
  return failed === null || failed === "age" ? { ...part, fault, field, stray: true } : part;
}

/** The verdict on the whole: that on its worst part, and a caution where something may matter and is left out. */
export function packageVerdict(report: PackageReport): Verdict {
  const verdicts = report.parts.map((part) => partVerdict(part).verdict);
  if (verdicts.length === 0 || verdicts.includes("not_verified") || report.missing.length > 0) return "not_verified";
  return verdicts.includes("caution") || isIncomplete(report) ? "caution" : "verified";
}

/** Whether what is left out could matter at a gate: evidence, or a declaration that containers name. */
export function isIncomplete(report: PackageReport): boolean {
  const declarations = report.open.some((key) => key.startsWith("declaration/"));
  return declarations || report.leftOut.some((line) => line.what === "evidence");
}

/** A part as the evidence file that it would be by itself. */
function checkedPart(part: Evidence): Evidence {
  const size = utf8(writeJson(part as never)).length;
  if (size > MAX_EVIDENCE_BYTES) {
    throw new LedgerError("encoding", `${size} bytes, the limit is ${MAX_EVIDENCE_BYTES}`);
  }
  checkEvidence(part);
  return part;
}

/** What a part links, where its record was proven, whatever failed afterwards; or why it links nothing. */
function provenLinks(part: Evidence, report: Report): Links | string {
  const proven = report.checks.some((check) => check.name === "record" && check.outcome === "passed");
  if (part.record === undefined || !proven) return "it proves no record, so nothing says what it belongs to";
  return linksOf(part.subject, part.record.value) ?? "its record is of no kind that is known here";
}

/** The reason of the failed check, without its field; empty where none failed. */
function reasonOf(report: Report): string {
  if (verdictOf(report).failed === null) return "";
  const said = report.checks.at(-1)!.sentence;
  return report.field !== "" && said.startsWith(`${report.field}: `) ? said.slice(report.field.length + 2) : said;
}

/** The report, in which proven parts that do not belong are at fault. Only what is proven connects. */
function connected(file: Package, found: readonly Part[], records: ReadonlyMap<string, Links>): PackageReport {
  const { network, subject, left_out: leftOut = [] } = file;
  const traced = trace(subject, records);
  const parts = found.map((part) => {
    const isBill = part.subject !== subject || records.get(subject)?.kind === "bill";
    if (part.stray || (traced.keys.has(part.subject) && isBill)) return part;
    const fault =
      part.subject === subject
        ? "a consignment is that of a bill, and this is none"
        : `nothing that is proven here connects it with ${subject}`;
    return asStray(part, fault, "subject");
  });
  const accounted = new Set([...found, ...leftOut].map((one) => one.subject));
  const missing = traced.missing.filter((key) => !accounted.has(key));
  const open = traced.open.filter((key) => !accounted.has(key));
  const place = parts.findIndex((part) => part.fault !== "");
  const at = parts[place];
  const [fault, field] =
    at !== undefined
      ? [`${at.subject}: ${at.fault}`, `parts.${place}.${at.field}`]
      : missing.length > 0
        ? [`${missing[0]!} belongs to it and is missing`, "parts"]
        : ["", ""];
  return { network, subject, parts, leftOut, missing, open, fault: field === "" ? "" : `${field}: ${fault}`, field };
}

/** The anchor with which the parts are verified: the reader's, with the document that its hash names. */
function partAnchor(file: Package, anchor: Anchor): Anchor {
  if ("height" in anchor || anchor.genesis !== undefined || file.genesis === undefined) return anchor;
  return file.network === anchor.network ? { network: file.network, genesis: file.genesis } : anchor;
}

function rising(values: readonly (readonly string[])[], field: string): void {
  const order = (a: readonly string[], b: readonly string[]): number =>
    a.map((one, place) => compareCodePoints(one, b[place]!)).find((gap) => gap !== 0) ?? 0;
  if (values.some((value, place) => place > 0 && order(values[place - 1]!, value) >= 0)) {
    throw wrong("expected rising order without repetition", field);
  }
}

function wrong(reason: string, field: string): LedgerError {
  return new LedgerError("evidence", reason, field);
}
