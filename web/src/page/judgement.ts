/**
 * What the page says of a file: the verifier's report under what the reader trusts.
 *
 * A file of a network that the reader has not named is judged as if it were trusted, so that the
 * page can tell a broken file from an unknown network; it never gets better than a caution, and
 * shows no contents.
 */

import { networkId } from "../verify/genesis.ts";
import type { Genesis } from "../verify/model.ts";
import { isPackage, type PackageReport, packageVerdict, type Part, partVerdict } from "../verify/package.ts";
import { parsePackage, unreadable, verifyParsed } from "../verify/package.ts";
import { parseEvidence } from "../verify/parse.ts";
import { type CheckName, type Report, type Verdict, verdictOf } from "../verify/report.ts";
import type { Demands } from "../verify/run.ts";
import { verifyEvidence } from "../verify/verify.ts";

/** What the reader trusts and asks. A network given as `anyway` is trusted this once, at any age: the demo's. */
export type Trusting = Readonly<{ networks: readonly string[]; maxAgeS: number; anyway?: string | undefined }>;

type Network = Readonly<{ id: string; name: string }>;

type Common = Readonly<{
  verdict: Verdict;
  /** The file's network, where the reader has not said to trust it. */
  unknown: Network | null;
  stale: boolean;
  /** Whether the file's contents may be shown. */
  open: boolean;
}>;

/** Of the evidence of one record. */
export type Judgement = Common & Readonly<{ report: Report; failed: CheckName | "belongs" | null }>;

/** Of a package. */
export type PackageJudgement = Common &
  Readonly<{
    whole: PackageReport;
    parts: readonly Readonly<{ subject: string; fault: string; judgement: Judgement }>[];
  }>;

export type Judged = Judgement | PackageJudgement;

/** Judge a file at a time; of a package, `told` hears how many parts are judged, of how many. */
export function judge(
  data: Uint8Array,
  nowMs: number,
  trusting: Trusting,
  told?: (done: number, total: number) => void,
): Judged {
  return isPackage(data) ? judgePackage(data, nowMs, trusting, told) : judgeEvidence(data, nowMs, trusting);
}

export function judgeEvidence(data: Uint8Array, nowMs: number, trusting: Trusting): Judgement {
  const network = networkOf(() => parseEvidence(data));
  const known = network === null || isTrusted(network, trusting);
  const anchor = { network: network?.id ?? "" };
  const report = verifyEvidence(data, { anchor, ...ageLimit(nowMs, trusting) });
  const { failed, verdict } = verdictOf(report);
  const stale = failed === "age";
  // What a file proves at any age: a failed report tells nothing but the failure.
  const shown = stale ? { ...verifyEvidence(data, { anchor }), checks: report.checks } : report;
  return { ...common(verdict, known ? null : network, stale), report: shown, failed };
}

function judgePackage(
  data: Uint8Array,
  nowMs: number,
  trusting: Trusting,
  told?: (done: number, total: number) => void,
): PackageJudgement {
  let file: ReturnType<typeof parsePackage>;
  try {
    file = parsePackage(data);
  } catch (error) {
    return { ...common("not_verified", null, false), whole: unreadable(error), parts: [] };
  }
  const network = networkOf(() => file);
  const unknown = network === null || isTrusted(network, trusting) ? null : network;
  const demands = { anchor: { network: file.network }, verified: new Set<string>() };
  const whole = verifyParsed(file, { ...demands, ...ageLimit(nowMs, trusting) }, told);
  const verdict = packageVerdict(whole);
  const stale = whole.parts.some((part) => partVerdict(part).failed === "age");
  const shown = stale ? verifyParsed(file, demands).parts : whole.parts;
  const parts = whole.parts.map((part, place) => {
    const judgement = partJudgement(part, shown[place]!.report, unknown);
    // Contents are shown of no part where one of them is not proven.
    return { subject: part.subject, fault: part.fault, judgement: { ...judgement, open: judgement.open && verdict !== "not_verified" } };
  });
  return { ...common(verdict, unknown, stale), whole, parts };
}

function partJudgement(part: Part, shown: Report, unknown: Network | null): Judgement {
  const { verdict, failed } = partVerdict(part);
  const stale = failed === "age";
  const report = stale ? { ...shown, checks: part.report.checks } : part.report;
  return { ...common(verdict, unknown, stale), report, failed: failed as Judgement["failed"] };
}

function common(verdict: Verdict, unknown: Network | null, stale: boolean): Common {
  return {
    verdict: verdict === "verified" && unknown !== null ? "caution" : verdict,
    unknown,
    stale,
    open: unknown === null && verdict !== "not_verified",
  };
}

function isTrusted(network: Network, { networks, anyway }: Trusting): boolean {
  return networks.includes(network.id) || network.id === anyway;
}

function ageLimit(nowMs: number, { maxAgeS, anyway }: Trusting): Pick<Demands, "maxAgeMs" | "nowMs"> {
  return maxAgeS === 0 || anyway !== undefined ? {} : { maxAgeMs: maxAgeS * 1000, nowMs };
}

/** The network that a file names, and what its genesis calls it; null for what is no evidence. */
function networkOf(read: () => Readonly<{ network: string; genesis?: Genesis }>): Network | null {
  try {
    const { network, genesis } = read();
    return { id: network, name: genesis !== undefined && networkId(genesis) === network ? genesis.name : "" };
  } catch {
    return null;
  }
}
