/**
 * What the holder discloses: the whole contents, and that the number in them is the bill's own
 * (`ledger/evidence/disclosure.py`, `ledger/contents.py`).
 */

import { verifyBls, BLS_KEY_BYTES, BLS_SIGNATURE_BYTES } from "./bls.ts";
import { bigEndian, concat, decodeBase64Url, decodeHash, equal, fromHex, utf8 } from "./bytes.ts";
import { type Finding, passed, skipped } from "./checks.ts";
import { contentsCommitment } from "./digests.ts";
import { LedgerError } from "./errors.ts";
import { sha256, TAGS, taggedHash } from "./hashing.ts";
import { isObject, type Json, type JsonObject, MAX_DOCUMENT_DEPTH, parseCanonicalObject, writeJson } from "./json.ts";
import type { Numbering } from "./model.ts";
import type { Run } from "./run.ts";
import { verifyPresent } from "./state.ts";

const BILL_PREFIX = "bill/";
const SALT_BYTES = 16;

export function checkContents(run: Run): Finding {
  const disclosed = run.evidence.contents;
  if (disclosed === undefined) return skipped("No contents are enclosed.");
  // Acts name contents too, and not all of them took effect: an amendment may only have been asked for.
  if (run.record === null) {
    throw new LedgerError("evidence", "contents are proven together with the record", "contents");
  }
  const committed = run.record["contents"];
  if (typeof committed !== "string") {
    throw new LedgerError("evidence", "nothing on the ledger commits to these contents", "contents");
  }
  const salt = decodeBase64Url(disclosed.salt, "contents.salt");
  const data = decodeBase64Url(disclosed.document, "contents.document");
  const document = parseCanonicalObject(data, MAX_DOCUMENT_DEPTH, "contents.document");
  if (salt.length !== SALT_BYTES) {
    throw new LedgerError("encoding", `expected ${SALT_BYTES} bytes, got ${salt.length}`, "salt");
  }
  if (!equal(contentsCommitment(salt, document), decodeHash(committed, "contents"))) {
    throw new LedgerError("proof", "the contents are not the ones committed to on the ledger", "contents");
  }
  run.document = document;
  return passed("The enclosed document is the one the ledger commits to.");
}

export function checkNumber(run: Run): Finding {
  const { contents, subject } = run.evidence;
  if (contents === undefined || !subject.startsWith(BILL_PREFIX)) {
    return skipped("No bill is disclosed whose number could be checked.");
  }
  if (contents.numbering === undefined) {
    return skipped("The file does not prove that the number in the document is this bill's.");
  }
  const parts = numberOf(run.document ?? {});
  const bill = decodeHash(subject.slice(BILL_PREFIX.length), "subject");
  const place = "contents.numbering.signature";
  const signature = decodeBase64Url(contents.numbering.signature, place, BLS_SIGNATURE_BYTES);
  const [first, ...others] = numberingKeys(run, contents.numbering);
  try {
    checkBillId(bill, first!, signature, parts);
  } catch (error) {
    if (!(error instanceof LedgerError) || others.length === 0) throw error;
    checkBillId(bill, others[0]!, signature, parts);
  }
  run.number = parts.filter((part) => part !== "").join(":");
  return passed(`The number ${run.number} is this bill's: its carrier's numbering key made the id.`);
}

/** DCSA's parts of a bill's number; the last is empty where there is none. */
function numberOf(document: JsonObject): [string, string, string] {
  const code = document["carrierCode"];
  const reference = document["transportDocumentReference"];
  const sub = document["transportDocumentSubReference"] ?? "";
  if (typeof code !== "string" || typeof reference !== "string" || typeof sub !== "string") {
    throw new LedgerError("evidence", "the document has no number", "contents.document");
  }
  return [code, reference, sub];
}

function checkBillId(
  bill: Uint8Array,
  key: Uint8Array,
  signature: Uint8Array,
  parts: readonly string[],
): void {
  const encoded = parts.map(utf8);
  if (encoded.some((part) => part.length > 0xffff)) {
    throw new LedgerError("encoding", "a part of the number is too long", "numbering");
  }
  const spelled = encoded.flatMap((part) => [bigEndian(part.length, 2), part]);
  verifyBls(key, concat(sha256(utf8(TAGS.numbering)), ...spelled), signature);
  if (!equal(taggedHash(TAGS.billId, signature), bill)) {
    throw new LedgerError("proof", "this number belongs to another bill", "numbering");
  }
}

/**
 * The carrier's key that numbered the bill, proven under the newest header; two where the key was
 * replaced in the block in which the bill was issued: which came first there, the record does not say.
 */
function numberingKeys(run: Run, numbering: Numbering): Uint8Array[] {
  const root = fromHex(run.newest().state_root);
  const { carrier, created_ms: issued = 0 } = run.record ?? {};
  const key = `organisation/${typeof carrier === "string" ? carrier : ""}`;
  verifyPresent(root, key, utf8(writeJson(numbering.carrier)), numbering.proof);
  const field = "contents.numbering.carrier";
  const { numbering_key: current, former_numbering: former = [] } = numbering.carrier;
  if (typeof current !== "string" || !Number.isInteger(issued) || !Array.isArray(former)) throw noKey(field);
  const replaced = former.map((one) => formerKey(one, field));
  const later = replaced.filter((one) => one.until >= (issued as number));
  const keys = [...later.map((one) => one.key), current];
  const count = later[0]?.until === issued ? 2 : 1;
  return keys.slice(0, count).map((text) => decodeBase64Url(text, field, BLS_KEY_BYTES));
}

function formerKey(one: Json, field: string): { key: string; until: number } {
  const { key, until_ms: until } = isObject(one) ? one : {};
  if (typeof key !== "string" || typeof until !== "number" || !Number.isInteger(until)) throw noKey(field);
  return { key, until };
}

function noKey(field: string): LedgerError {
  return new LedgerError("evidence", "the carrier has no numbering key", field);
}
