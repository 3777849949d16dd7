/**
 * BLS12-381 signatures of the proof-of-possession scheme, keys in G1 (`ledger/bls/`).
 *
 * Stricter than the draft where it admits a vote that nobody cast: the identity is neither key
 * nor signature, no key counts twice, and keys may not cancel out.
 */

import { bls12_381 } from "@noble/curves/bls12-381.js";
import { equal, toHex, utf8 } from "./bytes.ts";
import { LedgerError } from "./errors.ts";

export const BLS_KEY_BYTES = 48;
export const BLS_SIGNATURE_BYTES = 96;

const SIGNATURE_DST = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
const POSSESSION_DST = "BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
/** Valid keys and proven possessions kept, so that a second file of a network does not prove them again. */
const REMEMBERED = 512;

const { G1, G2, longSignatures: scheme } = bls12_381;
type Key = InstanceType<typeof G1.Point>;
const keys = new Map<string, Key>();
const proven = new Set<string>();

/** Throws unless the key signed the message. */
export function verifyBls(key: Uint8Array, message: Uint8Array, signature: Uint8Array): void {
  check(keyPoint(key), message, signature, SIGNATURE_DST);
}

/** Throws unless all these keys signed the message. */
export function verifyAggregate(
  all: readonly Uint8Array[],
  message: Uint8Array,
  signature: Uint8Array,
): void {
  if (all.length === 0) throw new LedgerError("key", "expected at least one public key", "public_keys");
  if (new Set(all.map(toHex)).size !== all.length) {
    throw new LedgerError("key", "a public key appears twice", "public_keys");
  }
  const total = all.map(keyPoint).reduce((sum, key) => sum.add(key));
  if (total.is0()) throw new LedgerError("key", "the public keys cancel out", "public_keys");
  check(total, message, signature, SIGNATURE_DST);
}

/** Throws unless the proof shows that whoever registered the key holds its secret. */
export function verifyPossession(key: Uint8Array, proof: Uint8Array): void {
  const name = `${toHex(key)}:${toHex(proof)}`;
  if (proven.has(name)) return;
  check(keyPoint(key), key, proof, POSSESSION_DST);
  if (proven.size < REMEMBERED) proven.add(name);
}

/** Throws `key` unless these bytes are a key: canonical, in the subgroup, not the identity. */
export function validateKey(key: Uint8Array): void {
  keyPoint(key);
}

function keyPoint(data: Uint8Array): Key {
  if (data.length !== BLS_KEY_BYTES) {
    throw new LedgerError("key", `expected ${BLS_KEY_BYTES} bytes, got ${data.length}`, "public_key");
  }
  const name = toHex(data);
  const known = keys.get(name);
  if (known !== undefined) return known;
  const point = pointOf(G1.Point, data);
  if (point === null) {
    throw new LedgerError("key", "not the encoding of a point of the subgroup", "public_key");
  }
  if (point.is0()) throw new LedgerError("key", "the identity point is no key", "public_key");
  if (keys.size < REMEMBERED) keys.set(name, point);
  return point;
}

function check(key: Key, message: Uint8Array, data: Uint8Array, domain: string): void {
  if (data.length !== BLS_SIGNATURE_BYTES) {
    throw new LedgerError("signature", `expected ${BLS_SIGNATURE_BYTES} bytes, got ${data.length}`, "signature");
  }
  const signature = pointOf(G2.Point, data);
  if (signature === null) {
    throw new LedgerError("signature", "not the encoding of a point of the subgroup", "signature");
  }
  if (signature.is0()) {
    throw new LedgerError("signature", "the identity point is no signature", "signature");
  }
  if (!scheme.verify(signature, scheme.hash(message, utf8(domain)), key)) {
    throw new LedgerError("signature", "the signature does not verify", "signature");
  }
}

interface Point {
  is0(): boolean;
  toBytes(compressed?: boolean): Uint8Array;
}

/** The point of the subgroup, the identity among them, that bytes encode in its one way; null for others. */
function pointOf<P extends Point>(curve: { fromBytes(data: Uint8Array): P }, data: Uint8Array): P | null {
  try {
    const point = curve.fromBytes(data); // which checks the curve and the subgroup
    return equal(point.toBytes(true), data) ? point : null;
  } catch {
    return null;
  }
}
