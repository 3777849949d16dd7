/**
 * Statements: COSE_Sign1 in its one accepted encoding (`ledger/statement.py`, `ledger/batch.py`).
 *
 * A log holds a statement in one form only, so this reads that form byte by byte and refuses
 * everything else; no general CBOR reader is needed, nor would it find out more.
 */

import { concat, decodeBase64Url, equal, textOf, toHex, utf8 } from "./bytes.ts";
import { LedgerError } from "./errors.ts";
import { TAGS, taggedHash } from "./hashing.ts";
import { checkOwn, type Json, type JsonObject, MAX_DEPTH, parseCanonical } from "./json.ts";
import { isLowS, type PublicKey, SIGNATURE_BYTES, verifySignature } from "./keys.ts";
import { hash, name } from "./parse.ts";
import { anyObject, list, object, shaped, text, uint } from "./shape.ts";

const MAX_STATEMENT_BYTES = 65_536;
const CONTENT_TYPE = utf8("application/vnd.sealane.act+json");
const BATCH_ACT = "batch.run";

const act = text(0, 64, /^[a-z]+\.[a-z_]+$/);
const payloadShape = object(
  {
    version: uint, network: hash, type: act, body: anyObject, expected_version: uint,
    last_valid_ms: uint, nonce: text(22, 22, /^[A-Za-z0-9_-]{22}$/),
  },
  { on_behalf_of: name },
);
const batchShape = object({
  parts: list(object({ type: act, subject: text(1, 200), expected_version: uint, body: anyObject }), 1, 100),
});

/** One act of a statement. */
export type Act = Readonly<{ type: string; subject: string; body: JsonObject }>;

type Payload = Readonly<{
  version: number;
  network: string;
  type: string;
  body: JsonObject;
  nonce: string;
  on_behalf_of?: string;
}>;

export interface Statement {
  /** Hash of the Sig_structure, in hexadecimal. */
  readonly id: string;
  readonly kid: Uint8Array;
  readonly issuer: string;
  readonly subject: string;
  readonly network: string;
  readonly onBehalfOf: string | null;
  /** What it does: its own act, or those of its batch in order. */
  readonly acts: readonly Act[];
  readonly isBatch: boolean;
  readonly signature: Uint8Array;
  readonly signed: Uint8Array;
}

/** The statement that leaf bytes encode; its signature is not yet verified. */
export function parseStatement(leaf: Uint8Array): Statement {
  if (leaf.length > MAX_STATEMENT_BYTES) {
    const reason = `${leaf.length} bytes, the limit for a statement is ${MAX_STATEMENT_BYTES}`;
    throw new LedgerError("encoding", reason, "statement");
  }
  const reader = new Reader(leaf, "statement");
  reader.expect(0xd2, 0x84);
  const protectedHeader = reader.bytes();
  reader.expect(0xa0);
  const body = reader.bytes();
  const signature = reader.bytes();
  reader.end();
  if (signature.length !== SIGNATURE_BYTES) {
    throw new LedgerError("statement", `an ES256 signature has ${SIGNATURE_BYTES} bytes`, "signature");
  }
  const { kid, issuer, subject } = readProtected(protectedHeader);
  const low = isLowS(signature);
  const payload = parsePayload(body);
  if (!low) {
    const reason = "not the accepted encoding: a second form of the same statement";
    throw new LedgerError("statement", reason, "statement");
  }
  const signed = concat(
    Uint8Array.of(0x84, 0x6a), utf8("Signature1"), byteString(protectedHeader), Uint8Array.of(0x40),
    byteString(body),
  );
  const isBatch = payload.type === BATCH_ACT;
  return {
    id: toHex(taggedHash(TAGS.statement, signed)),
    kid, issuer, subject, signature, signed, isBatch,
    network: payload.network,
    onBehalfOf: payload.on_behalf_of ?? null,
    acts: isBatch
      ? shaped<{ parts: Act[] }>(payload.body, batchShape, "body").parts
      : [{ type: payload.type, subject, body: payload.body }],
  };
}

/** Throws unless the key is the one that the statement names, and signed it. */
export function verifyStatement(statement: Statement, key: PublicKey): void {
  if (!equal(key.thumbprint, statement.kid)) {
    throw new LedgerError("statement", "kid names another key than the member's", "kid");
  }
  verifySignature(key, statement.signature, statement.signed);
}

function parsePayload(body: Uint8Array): Payload {
  const value: Json = parseCanonical(body, MAX_STATEMENT_BYTES, MAX_DEPTH, "payload");
  const payload = shaped<Payload>(value, payloadShape, "payload");
  if (payload.version !== 1) {
    const reason = `payload version ${payload.version} is not known here`;
    throw new LedgerError("statement", reason, "payload.version");
  }
  decodeBase64Url(payload.nonce, "payload.nonce", 16);
  checkOwn(payload.body, "payload.body");
  return payload;
}

function readProtected(data: Uint8Array): { kid: Uint8Array; issuer: string; subject: string } {
  const reader = new Reader(data, "protected");
  reader.expect(0xa4, 0x01, 0x26, 0x03);
  if (!equal(reader.string(3), CONTENT_TYPE)) throw reader.wrong();
  reader.expect(0x04);
  const kid = reader.bytes();
  if (kid.length !== 32) throw reader.wrong();
  reader.expect(0x0f, 0xa2, 0x01);
  const issuer = textOf(reader.string(3), "protected");
  reader.expect(0x02);
  const subject = textOf(reader.string(3), "protected");
  reader.end();
  return { kid, issuer, subject };
}

/** The shortest CBOR head of a byte string and the string (RFC 8949 section 4.2.1). */
function byteString(data: Uint8Array): Uint8Array {
  const size = data.length;
  if (size < 24) return concat(Uint8Array.of(0x40 | size), data);
  if (size < 0x100) return concat(Uint8Array.of(0x58, size), data);
  if (size < 0x10000) return concat(Uint8Array.of(0x59, size >> 8, size & 255), data);
  return concat(Uint8Array.of(0x5a, size >>> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255), data);
}

/** Reads deterministic CBOR of a known layout. */
class Reader {
  private place = 0;

  constructor(
    private readonly data: Uint8Array,
    private readonly field: string,
  ) {}

  wrong(): LedgerError {
    return new LedgerError("statement", "not a statement in its one accepted encoding", this.field);
  }

  expect(...wanted: readonly number[]): void {
    for (const byte of wanted) if (this.data[this.place++] !== byte) throw this.wrong();
  }

  bytes(): Uint8Array {
    return this.string(2);
  }

  /** A string of a major type: 2 of bytes, 3 of text. Its length is spelled in the fewest bytes. */
  string(major: number): Uint8Array {
    const head = this.data[this.place++] ?? 0;
    const detail = head & 31;
    if (head >> 5 !== major || detail > 26) throw this.wrong();
    let size = detail;
    if (detail >= 24) {
      const width = 1 << (detail - 24);
      size = 0;
      for (let count = 0; count < width; count++) size = size * 256 + (this.data[this.place++] ?? 0);
      if (size < (width === 1 ? 24 : 256 ** (width / 2))) throw this.wrong();
    }
    const found = this.data.slice(this.place, this.place + size);
    if (found.length !== size) throw this.wrong();
    this.place += size;
    return found;
  }

  end(): void {
    if (this.place !== this.data.length) throw this.wrong();
  }
}

