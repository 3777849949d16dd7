/** Single fields that a holder shows as a signed SD-JWT: `ledger/sd_jwt.py`, `ledger/evidence/fields.py`. */

import { compareCodePoints, decodeBase64Url, encodeBase64Url, equal, fromHex, utf8 } from "./bytes.ts";
import { type Finding, passed, skipped } from "./checks.ts";
import { digestOf, digestsCommitment, reveal } from "./digests.ts";
import { LedgerError } from "./errors.ts";
import {
  isObject, type Json, type JsonObject, MAX_DEPTH, MAX_DOCUMENT_BYTES, MAX_DOCUMENT_DEPTH, parseCanonical, parseJson,
  writeJson, written,
} from "./json.ts";
import { publicKey, SIGNATURE_BYTES, verifySignature } from "./keys.ts";
import type { FieldDisclosure } from "./model.ts";
import { bytes } from "./parse.ts";
import type { Path } from "./report.ts";
import type { Run } from "./run.ts";
import { anyObject, literal, object, shaped, text, uint } from "./shape.ts";
import { verifyPresent } from "./state.ts";

const headerShape = object({
  alg: literal("ES256"), kid: bytes, typ: literal("sealane-disclosure+sd-jwt"),
});
const payloadShape = object({
  _sd_alg: literal("sha-256"), iss: text(), sub: text(), iat: uint, opening: bytes, document: anyObject,
});
const MAX_HEADER_BYTES = 1_024;
/** What stands around a disclosure when it is read, as one field of a document. */
const WRAPPING_BYTES = '{"disclosure":}'.length;

type SdJwt = Readonly<{
  kid: string;
  iss: string;
  sub: string;
  opening: string;
  document: JsonObject;
  disclosures: ReadonlyMap<string, Json[]>;
  signed: Uint8Array;
  signature: Uint8Array;
}>;

function malformed(reason: string): LedgerError {
  return new LedgerError("encoding", reason, "disclosed");
}

export function checkDisclosed(run: Run): Finding {
  const shown = run.evidence.disclosed;
  if (shown === undefined) return skipped("No single fields are disclosed.");
  if (run.record === null || run.document !== null) {
    const reason = "fields are shown with the record, and without the whole document";
    throw new LedgerError("evidence", reason, "disclosed");
  }
  const token = parseSdJwt(shown.sd_jwt);
  if (token.sub !== run.evidence.subject) {
    throw new LedgerError("evidence", `the fields are of ${token.sub}`, "disclosed");
  }
  checkDiscloser(run, shown, token);
  const opening = decodeBase64Url(token.opening, "disclosed.opening", 16);
  const committed = run.record["contents"];
  const commitment = digestsCommitment(opening, token.document);
  if (typeof committed !== "string" || !/^[0-9a-f]{64}$/.test(committed) || !equal(commitment, fromHex(committed))) {
    const reason = "the fields are not of the document that the ledger commits to";
    throw new LedgerError("proof", reason, "disclosed");
  }
  const revealed = reveal(token.document, token.disclosures);
  run.fields = [...revealed.fields].sort(([a], [b]) => comparePaths(a, b));
  run.document = revealed.document;
  run.discloser = token.iss;
  const count = run.fields.length === 1 ? "1 field is" : `${run.fields.length} fields are`;
  return passed(`${count} of the document that the ledger commits to, shown by ${token.iss}.`);
}

function comparePaths(a: Path, b: Path): number {
  for (let place = 0; place < Math.min(a.length, b.length); place++) {
    const order = compareCodePoints(String(a[place]), String(b[place]));
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Throws unless the token is signed with a key that its member has under the newest header. */
function checkDiscloser(run: Run, shown: FieldDisclosure, token: SdJwt): void {
  const newest = run.newest();
  const { member } = shown;
  verifyPresent(fromHex(newest.state_root), `member/${token.iss}`, utf8(writeJson(member)), shown.proof);
  const field = "disclosed.member";
  const { state = null } = member;
  if (state !== "active") {
    const reason = `${token.iss}, who shows the fields, may not act as of the newest header: ${written(state)}`;
    throw new LedgerError("evidence", reason, field);
  }
  const keys = Array.isArray(member["keys"]) ? member["keys"] : [];
  for (const item of keys) {
    if (!isObject(item) || typeof item["key"] !== "string") continue;
    const key = publicKey(decodeBase64Url(item["key"], field), field);
    if (encodeBase64Url(key.thumbprint) === token.kid && isValid(item, newest.time_ms)) {
      verifySignature(key, token.signature, token.signed);
      return;
    }
  }
  const reason = "the member has no key of this thumbprint that was valid at the time of the newest header";
  throw new LedgerError("evidence", reason, field);
}

/** Whether a key of a member's record is valid at a block time; without an end it is until replaced. */
function isValid(key: JsonObject, timeMs: number): boolean {
  const { valid_from_ms: first = 0, valid_until_ms: last = timeMs } = key;
  return isWhole(first) && isWhole(last) && first <= timeMs && timeMs <= last;
}

function isWhole(value: Json): value is number {
  return Number.isSafeInteger(value);
}

function parseSdJwt(token: string): SdJwt {
  const pieces = token.split("~");
  const parts = pieces[0]!.split(".");
  const shown = pieces.slice(1, -1);
  if (pieces.length < 2 || pieces.at(-1) !== "" || parts.length !== 3) {
    throw malformed("no SD-JWT: expected header.payload.signature~disclosures~");
  }
  const disclosures = new Map(shown.map((one) => [digestOf(one), readDisclosure(one)]));
  if (disclosures.size !== shown.length) throw malformed("a disclosure stands there twice");
  const [header, payload, signature] = parts.map((part) => decodeBase64Url(part, "disclosed")) as [
    Uint8Array, Uint8Array, Uint8Array,
  ];
  if (signature.length !== SIGNATURE_BYTES) {
    throw malformed(`expected a signature of ${SIGNATURE_BYTES} bytes`);
  }
  const { kid } = shaped<{ kid: string }>(
    parseCanonical(header, MAX_HEADER_BYTES, MAX_DEPTH, "disclosed.header"), headerShape, "disclosed.header",
  );
  const claims = shaped<Pick<SdJwt, "iss" | "sub" | "opening" | "document">>(
    parseCanonical(payload, MAX_DOCUMENT_BYTES, MAX_DEPTH, "disclosed.payload"), payloadShape, "disclosed.payload",
  );
  return { ...claims, kid, disclosures, signature, signed: utf8(`${parts[0]}.${parts[1]}`) };
}

/** What a disclosure says; its digest alone decides whether it is the right one. */
function readDisclosure(disclosure: string): Json[] {
  const data = decodeBase64Url(disclosure, "disclosed");
  if (data.length + WRAPPING_BYTES > MAX_DOCUMENT_BYTES) throw malformed("a disclosure is too large");
  const value = parseJson(data, MAX_DOCUMENT_DEPTH - 1, "disclosed");
  if (!Array.isArray(value)) throw malformed("a disclosure is an array");
  return value;
}

