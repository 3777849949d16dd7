/**
 * Bytes and the strings that stand for them: hexadecimal for hashes, base64url without padding for
 * all else, of which exactly one spelling is accepted (`ledger/primitives.py`).
 */

import { LedgerError } from "./errors.ts";

export const HASH_BYTES = 32;

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUES = new Map([...ALPHABET].map((letter, value) => [letter.charCodeAt(0), value]));
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function utf8(text: string): Uint8Array {
  return ENCODER.encode(text);
}

/** The text that bytes spell; throws `encoding` where they are not UTF-8. */
export function textOf(data: Uint8Array, field: string): string {
  try {
    return DECODER.decode(data);
  } catch {
    throw new LedgerError("encoding", "text is not valid UTF-8", field);
  }
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, place) => byte === b[place]);
}

export function toHex(data: Uint8Array): string {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bytes of hexadecimal digits that a shape has already checked. */
export function fromHex(text: string): Uint8Array {
  const data = new Uint8Array(text.length / 2);
  for (let place = 0; place < data.length; place++) {
    data[place] = Number.parseInt(text.slice(2 * place, 2 * place + 2), 16);
  }
  return data;
}

/** The 32 bytes that 64 lower-case hexadecimal digits spell. */
export function decodeHash(text: string, field: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new LedgerError("encoding", "expected 64 lower-case hexadecimal digits", field);
  }
  return fromHex(text);
}

export function encodeBase64Url(data: Uint8Array): string {
  let text = "";
  for (let place = 0; place < data.length; place += 3) {
    const [a = 0, b = 0, c = 0] = data.subarray(place, place + 3);
    const bits = (a << 16) | (b << 8) | c;
    const letters = Math.min(data.length - place, 3) + 1;
    for (let letter = 0; letter < letters; letter++) {
      text += ALPHABET[(bits >> (18 - 6 * letter)) & 63];
    }
  }
  return text;
}

/** The bytes of base64url text; throws for padding, foreign letters, stray bits and another length. */
export function decodeBase64Url(text: string, field: string, length?: number): Uint8Array {
  const data = new Uint8Array(Math.floor((text.length * 3) / 4));
  let place = 0;
  let bits = 0;
  let count = 0;
  for (let letter = 0; letter < text.length; letter++) {
    const value = VALUES.get(text.charCodeAt(letter));
    if (value === undefined) throw malformed(field);
    bits = ((bits << 6) | value) & 0xffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      data[place++] = (bits >> count) & 255;
    }
  }
  if (text.length % 4 === 1 || (bits & ((1 << count) - 1)) !== 0) throw malformed(field);
  if (length !== undefined && data.length !== length) {
    throw new LedgerError("encoding", `expected ${length} bytes, got ${data.length}`, field);
  }
  return data;
}

function malformed(field: string): LedgerError {
  return new LedgerError("encoding", "this base64url is not the one spelling of its bytes", field);
}

/** An unsigned integer of the given number of bytes, big-endian. */
export function bigEndian(value: number, length: number): Uint8Array {
  const data = new Uint8Array(length);
  let rest = value;
  for (let place = length - 1; place >= 0; place--) {
    data[place] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return data;
}

export function bigint(data: Uint8Array): bigint {
  return data.length === 0 ? 0n : BigInt(`0x${toHex(data)}`);
}

/** The order of two strings by code point, as Python has it; JavaScript's own is by UTF-16 unit. */
export function compareCodePoints(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let place = 0; place < Math.min(left.length, right.length); place++) {
    const gap = (left[place] ?? "").codePointAt(0)! - (right[place] ?? "").codePointAt(0)!;
    if (gap !== 0) return gap;
  }
  return left.length - right.length;
}
