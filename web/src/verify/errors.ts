/**
 * What can be wrong with bytes that claim to be part of a ledger, as in `ledger/errors.py`.
 *
 * Every function of the verifier either returns or throws a `LedgerError`;
 * `verifyEvidence` turns these into reports and throws nothing.
 */

export type ErrorCode =
  | "encoding"
  | "key"
  | "signature"
  | "proof"
  | "statement"
  | "seal"
  | "genesis"
  | "evidence";

export class LedgerError extends Error {
  /** `field` is the dotted path of what is at fault, empty when the whole is. */
  constructor(
    readonly code: ErrorCode,
    readonly reason: string,
    readonly field: string = "",
  ) {
    super(field ? `${field}: ${reason}` : reason);
  }
}
