/** The genesis document: its id, its validators, and whether it could start a network (`ledger/genesis.py`). */

import { bigint, decodeBase64Url } from "./bytes.ts";
import { BLS_KEY_BYTES, BLS_SIGNATURE_BYTES, validateKey, verifyPossession } from "./bls.ts";
import { idOf, setKeys } from "./chain.ts";
import { LedgerError } from "./errors.ts";
import { TAGS } from "./hashing.ts";
import { publicKey } from "./keys.ts";
import type { Genesis, GenesisOrganisation, ValidatorSet } from "./model.ts";
import { toHex } from "./bytes.ts";

const MAX_VALIDATORS = 100;
const X25519_PRIME = 2n ** 255n - 19n;
/** The points of Curve25519 with which every shared secret is zero (RFC 7748 section 6.1). */
const SMALL_ORDER = new Set([
  0n,
  1n,
  X25519_PRIME - 1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
]);

/** The id that every header of the network carries, in hexadecimal. */
export function networkId(genesis: Genesis): string {
  return toHex(idOf(TAGS.network, genesis));
}

/** The set that seals blocks 1 and 2. */
export function genesisValidators(genesis: Genesis): ValidatorSet {
  return {
    validators: genesis.validators.map(({ organisation, bls_key }) => ({ organisation, bls_key })),
  };
}

/** Throws `genesis` or `key` for a document that could not start a network. */
export function checkGenesis(genesis: Genesis): void {
  if (genesis.version !== 1) {
    throw new LedgerError("genesis", `version ${genesis.version} is not known here`, "genesis.version");
  }
  const names = genesis.organisations.map((one) => one.id);
  unique(names, "genesis.organisations");
  checkSet(genesisValidators(genesis));
  for (const validator of genesis.validators) {
    const field = `genesis.validators.${validator.organisation}`;
    if (!names.includes(validator.organisation)) {
      throw new LedgerError("genesis", "a validator must be one of the organisations", field);
    }
    checkPossession(validator.bls_key, validator.possession, `${field}.bls_key`, `${field}.possession`);
  }
  genesis.organisations.forEach(checkOrganisation);
  const numbering = genesis.organisations.flatMap((one) => one.numbering_key ?? []);
  unique(numbering, "genesis.organisations.numbering_key");
}

function checkSet(set: ValidatorSet): void {
  const size = set.validators.length;
  if (size < 1 || size > MAX_VALIDATORS) {
    throw new LedgerError("genesis", `expected 1 to ${MAX_VALIDATORS} validators, got ${size}`, "validators");
  }
  if (new Set(set.validators.map((one) => one.organisation)).size !== size) {
    throw new LedgerError("genesis", "an organisation has two seats", "validators");
  }
  const keys = setKeys(set);
  if (new Set(keys.map(toHex)).size !== size) {
    throw new LedgerError("key", "two seats share a BLS key", "validators");
  }
  keys.forEach(validateKey);
}

function checkOrganisation(one: GenesisOrganisation): void {
  const field = `genesis.organisations.${one.id}`;
  if (one.members.length === 0) {
    throw new LedgerError("genesis", "an organisation needs at least one member", `${field}.members`);
  }
  for (const [kind, keys] of [["members", one.members], ["nodes", one.nodes ?? []]] as const) {
    unique(keys.map((key) => key.name), `${field}.${kind}`);
    for (const { name, key } of keys) {
      const place = `${field}.${kind}.${name}.key`;
      publicKey(decodeBase64Url(key, place), place);
    }
  }
  if (one.contents_key !== undefined) checkContentsKey(one.contents_key, `${field}.contents_key`);
  const { numbering_key: key, numbering_possession: proof } = one;
  if ((key === undefined) !== (proof === undefined)) {
    const reason = "a numbering key and its proof of possession come together";
    throw new LedgerError("genesis", reason, `${field}.numbering_key`);
  }
  if (key !== undefined && proof !== undefined) {
    checkPossession(key, proof, `${field}.numbering_key`, `${field}.numbering_possession`);
  }
}

function checkPossession(key: string, proof: string, keyField: string, proofField: string): void {
  verifyPossession(
    decodeBase64Url(key, keyField, BLS_KEY_BYTES),
    decodeBase64Url(proof, proofField, BLS_SIGNATURE_BYTES),
  );
}

/** An X25519 key that is no point of small order and is spelled below the prime. */
function checkContentsKey(text: string, field: string): void {
  const value = bigint(decodeBase64Url(text, field, 32).reverse());
  if (SMALL_ORDER.has(value)) throw new LedgerError("key", "a point of small order is no key", field);
  if (value >= X25519_PRIME) {
    throw new LedgerError("key", "a key has one spelling, below 2^255 - 19", field);
  }
}

function unique(names: readonly string[], field: string): void {
  if (new Set(names).size !== names.length) {
    throw new LedgerError("genesis", "two entries are the same", field);
  }
}
