/** The checks of what the ledger says, each returning its sentence or throwing: `ledger/evidence/checks.py`. */

import { anchoredSet, checkSealed, followChanges, setAt } from "./anchor.ts";
import { decodeBase64Url, fromHex, toHex, utf8 } from "./bytes.ts";
import { headerId } from "./chain.ts";
import { LedgerError } from "./errors.ts";
import { writeJson, written } from "./json.ts";
import { PUBLIC_KEY_BYTES, publicKey } from "./keys.ts";
import { leafHash, verifyInclusion } from "./merkle.ts";
import type { ProvenEntry } from "./model.ts";
import type { Outcome } from "./report.ts";
import type { Run } from "./run.ts";
import { verifyPresent } from "./state.ts";
import { parseStatement, verifyStatement } from "./statement.ts";

/** What a check found. */
export type Finding = readonly [Exclude<Outcome, "failed">, string];

export const passed = (sentence: string): Finding => ["passed", sentence];
export const skipped = (sentence: string): Finding => ["not_applicable", sentence];

const NO_STATEMENT = "The file proves a record and no statement.";

export function checkAnchor(run: Run): Finding {
  const [start, set, sentence] = anchoredSet(run.evidence, run.demands.anchor);
  run.timeline = [[start, set]];
  return passed(sentence);
}

export function checkValidators(run: Run): Finding {
  const [start, set] = run.sets()[0]!;
  run.timeline = followChanges(run.evidence, start, set, run.demands.verified);
  const count = run.timeline.length - 1;
  if (count === 0) {
    return passed(`The ${set.validators.length} validators are those of the block you trust.`);
  }
  return passed(`${count} changes of the validator set follow, each sealed by the set before it.`);
}

export function checkSeals(run: Run): Finding {
  const { anchor } = run.demands;
  for (const { header, seal } of run.evidence.headers) {
    const trusted = "height" in anchor && seal === undefined && toHex(headerId(header)) === anchor.blockId;
    run.signers = trusted
      ? []
      : checkSealed(header, seal, run.sets(), run.evidence.network, `headers.${header.height}`, run.demands.verified);
    run.headers.set(header.height, header);
  }
  const newest = run.newest();
  if (run.signers.length === 0) return passed(`Block ${newest.height} is the checkpoint you trust.`);
  const total = setAt(run.sets(), newest.height).validators.length;
  const sealed = `Block ${newest.height} is sealed by ${run.signers.length} of ${total} validators`;
  return passed(`${sealed}: ${run.signers.join(", ")}.`);
}

export function checkLog(run: Run): Finding {
  for (const entry of run.evidence.entries ?? []) checkEntry(run, entry);
  const last = run.statements.at(-1);
  if (last === undefined) return skipped(NO_STATEMENT);
  const count = run.parsed.length === 1 ? "1 statement is" : `${run.parsed.length} statements are`;
  return passed(`${count} on the ledger; the last is entry ${last.index}, ${last.act}.`);
}

function checkEntry(run: Run, entry: ProvenEntry): void {
  const place = `entries.${entry.index}`;
  const header = run.headers.get(entry.height)!;
  const leaf = decodeBase64Url(entry.statement, `${place}.statement`);
  verifyInclusion(leafHash(leaf), entry.index, header.log_size, entry.path.map(fromHex), fromHex(header.log_root));
  const statement = parseStatement(leaf);
  const { subject, network } = run.evidence;
  if (!statement.acts.some((act) => act.subject === subject)) {
    throw new LedgerError("evidence", `the statement is about ${statement.subject}`, place);
  }
  if (entry.index < header.log_size_before) {
    throw new LedgerError("evidence", `the entry is older than block ${header.height}`, `${place}.height`);
  }
  if (statement.network !== network) {
    throw new LedgerError("evidence", "the statement is for another network", place);
  }
  run.parsed.push(statement);
  statement.acts.forEach((act, at) => {
    if (act.subject !== subject) return;
    run.statements.push({
      id: statement.id,
      issuer: statement.issuer,
      on_behalf_of: statement.onBehalfOf,
      act: act.type,
      index: entry.index,
      part: statement.isBatch ? at + 1 : 0,
      height: header.height,
      time_ms: header.time_ms,
      body: act.body,
    });
  });
}

export function checkSignatures(run: Run): Finding {
  const last = run.parsed.at(-1);
  if (last === undefined) return skipped(NO_STATEMENT);
  (run.evidence.entries ?? []).forEach((entry, at) => {
    const place = `entries.${entry.index}.key`;
    const key = publicKey(decodeBase64Url(entry.key, place, PUBLIC_KEY_BYTES), place);
    verifyStatement(run.parsed[at]!, key);
  });
  return passed(`Signed by ${last.issuer}, unaltered since; a quorum accepted the key as theirs.`);
}

export function checkRecord(run: Run): Finding {
  const proven = run.evidence.record;
  if (proven === undefined) {
    return skipped("The file proves statements and not the record's current value.");
  }
  const header = run.headers.get(proven.height)!;
  if (header !== run.newest()) {
    throw new LedgerError("evidence", "the record must be proven under the newest header", "record.height");
  }
  const value = utf8(writeJson(proven.value));
  verifyPresent(fromHex(header.state_root), run.evidence.subject, value, proven.proof);
  run.record = proven.value;
  const { state = "present", version = null } = proven.value;
  return passed(`The record says ${written(state)}, version ${written(version)}.`);
}
