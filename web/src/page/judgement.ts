/**
 * What the page says of a file: the verifier's report under what the reader trusts.
 *
 * A file of a network that the reader has not named is judged as if it were trusted, so that the
 * page can tell a broken file from an unknown network; it never gets better than a caution, and
 * shows no contents.
 */

import { utf8 } from "../verify/bytes.ts";
import { networkId } from "../verify/genesis.ts";
import { parseEvidence } from "../verify/parse.ts";
import { type CheckName, type Report, type Verdict, verdictOf } from "../verify/report.ts";
import { verifyEvidence } from "../verify/verify.ts";
import { maxAgeS, trusted } from "./trust.ts";

export type Judgement = Readonly<{
  verdict: Verdict;
  report: Report;
  failed: CheckName | null;
  /** The file's network, where the reader has not said to trust it. */
  unknown: Readonly<{ id: string; name: string }> | null;
  stale: boolean;
  /** Whether the file is a package of many records' evidence, which this page does not check. */
  isPackage: boolean;
  /** Whether the file's contents may be shown. */
  open: boolean;
}>;

/** How the one canonical form of a package begins (`ledger/evidence/package.py`). */
const PACKAGE = utf8('{"format":"sealane-package"');

/** Judge a file at a time. A network given as `anyway` is trusted this once, at any age: the demo's. */
export function judge(data: Uint8Array, nowMs: number, anyway?: string): Judgement {
  const network = networkOf(data);
  const known = network === null || trusted().has(network.id) || network.id === anyway;
  const limit = anyway === undefined ? maxAgeS() : 0;
  const report = verifyEvidence(data, {
    anchor: { network: network?.id ?? "" },
    ...(limit === 0 ? {} : { maxAgeMs: limit * 1000, nowMs }),
  });
  const { failed, verdict } = verdictOf(report);
  const stale = failed === "age";
  const shown = stale ? withoutAge(data, network?.id ?? "") : report;
  return {
    verdict: verdict === "verified" && !known ? "caution" : verdict,
    report: stale ? { ...shown, checks: report.checks } : report,
    failed,
    unknown: known ? null : network,
    stale,
    isPackage: PACKAGE.every((byte, place) => data[place] === byte),
    open: known && verdict !== "not_verified",
  };
}

/** What a file proves at any age: a failed report tells nothing but the failure. */
function withoutAge(data: Uint8Array, network: string): Report {
  return verifyEvidence(data, { anchor: { network } });
}

/** The network that a file names, and what its genesis calls it; null for what is no evidence. */
function networkOf(data: Uint8Array): { id: string; name: string } | null {
  try {
    const file = parseEvidence(data);
    const named = file.genesis !== undefined && networkId(file.genesis) === file.network;
    return { id: file.network, name: named ? file.genesis.name : "" };
  } catch {
    return null;
  }
}
