/** Headers, validator sets and seals: `ledger/block.py`, `ledger/validators.py`, `ledger/seal.py`. */

import { bigEndian, concat, decodeBase64Url, fromHex, toHex, utf8 } from "./bytes.ts";
import { BLS_KEY_BYTES, BLS_SIGNATURE_BYTES, verifyAggregate } from "./bls.ts";
import { LedgerError } from "./errors.ts";
import { sha256, TAGS, taggedHash } from "./hashing.ts";
import { type Json, writeJson } from "./json.ts";
import type { Header, Seal, ValidatorSet } from "./model.ts";

export const HEADER_VERSION = 1;
const PRECOMMIT = Uint8Array.of(2);

/** The tagged hash of a value's canonical form. */
export function idOf(tag: string, value: unknown): Uint8Array {
  return taggedHash(tag, utf8(writeJson(value as Json)));
}

/** The block id: what votes and seals name. */
export function headerId(header: Header): Uint8Array {
  return idOf(TAGS.header, header);
}

export function setHash(set: ValidatorSet): string {
  return toHex(idOf(TAGS.validators, set));
}

export function setKeys(set: ValidatorSet): Uint8Array[] {
  return set.validators.map((one) => decodeBase64Url(one.bls_key, "bls_key", BLS_KEY_BYTES));
}

/** How many validators of a set make a quorum. */
export function quorum(set: ValidatorSet): number {
  return Math.floor((2 * set.validators.length) / 3) + 1;
}

/** The seats that a seal names; throws `seal` for a bitmap that is malformed or no quorum. */
export function sealSeats(seal: Pick<Seal, "signers">, set: ValidatorSet): number[] {
  const bitmap = decodeBase64Url(seal.signers, "seal.signers");
  const size = set.validators.length;
  if (bitmap.length !== Math.ceil(size / 8)) {
    throw new LedgerError("seal", `the bitmap has ${bitmap.length} bytes for ${size} validators`, "seal.signers");
  }
  const places = Array.from({ length: bitmap.length * 8 }, (_, seat) => seat);
  const seats = places.filter((seat) => ((bitmap[seat >> 3]! >> (seat & 7)) & 1) === 1);
  if (seats.some((seat) => seat >= size)) {
    throw new LedgerError("seal", "the bitmap names a seat that does not exist", "seal.signers");
  }
  if (seats.length < quorum(set)) {
    throw new LedgerError("seal", `${seats.length} signers, a quorum is ${quorum(set)}`, "seal.signers");
  }
  return seats;
}

/** Throws unless a quorum of the set signed the block that the seal names. */
export function verifySeal(seal: Seal, network: string, set: ValidatorSet): void {
  if (seal.round > 0xffffffff) throw new LedgerError("seal", "the round is out of range", "seal.round");
  const seats = sealSeats(seal, set);
  const keys = setKeys(set);
  const message = concat(
    sha256(utf8(TAGS.vote)),
    fromHex(network),
    fromHex(setHash(set)),
    PRECOMMIT,
    bigEndian(seal.height, 8),
    bigEndian(seal.round, 4),
    fromHex(seal.block_id),
  );
  const signature = decodeBase64Url(seal.signature, "seal.signature", BLS_SIGNATURE_BYTES);
  verifyAggregate(seats.map((seat) => keys[seat]!), message, signature);
}
