/** ES256 keys and signatures: low S only, keys as compressed points (`ledger/keys.py`). */

import { p256 } from "@noble/curves/nist.js";
import { bigint, concat } from "./bytes.ts";
import { LedgerError } from "./errors.ts";
import { sha256 } from "./hashing.ts";

export const PUBLIC_KEY_BYTES = 33;
export const SIGNATURE_BYTES = 64;

const ORDER = p256.Point.Fn.ORDER;
// The COSE key of an EC2 point without its coordinates (RFC 9679 section 4).
const BEFORE_X = Uint8Array.of(0xa4, 0x01, 0x02, 0x20, 0x01, 0x21, 0x58, 0x20);
const BEFORE_Y = Uint8Array.of(0x22, 0x58, 0x20);

export interface PublicKey {
  readonly data: Uint8Array;
  /** RFC 9679 thumbprint. */
  readonly thumbprint: Uint8Array;
}

/** The key that 33 bytes encode; throws `key` when they are no point of P-256. */
export function publicKey(data: Uint8Array, field: string): PublicKey {
  if (data.length !== PUBLIC_KEY_BYTES) {
    throw new LedgerError("key", `expected a ${PUBLIC_KEY_BYTES}-byte compressed P-256 point`, field);
  }
  try {
    const spelled = p256.Point.fromBytes(data).toBytes(false);
    const thumbprint = sha256(concat(BEFORE_X, spelled.slice(1, 33), BEFORE_Y, spelled.slice(33)));
    return { data, thumbprint };
  } catch {
    throw new LedgerError("key", "not a point of P-256", field);
  }
}

/** Throws `signature` unless r and s are in range and s is the smaller of its two spellings. */
export function isLowS(signature: Uint8Array): boolean {
  const r = bigint(signature.subarray(0, 32));
  const s = bigint(signature.subarray(32));
  if (!(r > 0n && r < ORDER && s > 0n && s < ORDER)) {
    throw new LedgerError("signature", "r or s is out of range", "signature");
  }
  return s <= ORDER / 2n;
}

/** Throws `signature` unless these 64 bytes are the key's low-S signature of the message. */
export function verifySignature(key: PublicKey, signature: Uint8Array, message: Uint8Array): void {
  if (bigint(signature.subarray(32)) > ORDER / 2n) {
    throw new LedgerError("signature", "high S: the same signature has a low-S spelling", "signature");
  }
  let holds = false;
  try {
    holds = p256.verify(signature, message, key.data, { lowS: true, prehash: true, format: "compact" });
  } catch {
    // What is no signature at all does not match either.
  }
  if (!holds) {
    throw new LedgerError("signature", "the signature does not match the key and the content", "signature");
  }
}
