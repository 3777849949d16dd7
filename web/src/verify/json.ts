/**
 * JSON, read strictly as I-JSON (RFC 7493) and written in its one RFC 8785 form (`ledger/canonical.py`).
 *
 * The reader is our own because `JSON.parse` forgives repeated keys and half surrogate pairs,
 * rounds large integers without a word, and recurses as deep as the text does.
 */

import { textOf } from "./bytes.ts";
import { LedgerError } from "./errors.ts";

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json;
}

/** Deepest nesting of Sealane's own formats. */
export const MAX_DEPTH = 16;
/** Deepest nesting of a trade document. */
export const MAX_DOCUMENT_DEPTH = 32;
/** Largest trade document. */
export const MAX_DOCUMENT_BYTES = 1_048_576;

const ESCAPES: Record<string, string> = {
  '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t",
};
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const SPACE = /[ \t\n\r]*/y;

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value that bytes spell in I-JSON, nested at most `maxDepth` deep. */
export function parseJson(data: Uint8Array, maxDepth: number, field = ""): Json {
  return new Reader(textOf(data, field), maxDepth, field).document();
}

class Reader {
  private place = 0;

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
    private readonly field: string,
  ) {}

  document(): Json {
    const value = this.value(0);
    this.match(SPACE);
    if (this.place !== this.text.length) throw this.wrong("text follows the end of the JSON value");
    return value;
  }

  private value(depth: number): Json {
    this.match(SPACE);
    const mark = this.text[this.place];
    if (mark === "{" || mark === "[") {
      if (depth >= this.maxDepth) throw this.wrong(`JSON is nested deeper than ${this.maxDepth} levels`);
      this.place++;
      return mark === "{" ? this.object(depth + 1) : this.array(depth + 1);
    }
    if (mark === '"') return this.string();
    for (const [word, value] of [["true", true], ["false", false], ["null", null]] as const) {
      if (this.text.startsWith(word, this.place)) {
        this.place += word.length;
        return value;
      }
    }
    return this.number();
  }

  private object(depth: number): JsonObject {
    const value: JsonObject = Object.create(null) as JsonObject;
    if (this.taken("}")) return value;
    do {
      this.match(SPACE);
      if (this.text[this.place] !== '"') throw this.wrong("expected a name");
      const name = this.string();
      if (name in value) throw this.wrong(`the key '${name}' appears twice`);
      if (!this.taken(":")) throw this.wrong("expected a colon");
      value[name] = this.value(depth);
    } while (this.taken(","));
    if (!this.taken("}")) throw this.wrong("expected the end of an object");
    return value;
  }

  private array(depth: number): Json[] {
    const value: Json[] = [];
    if (this.taken("]")) return value;
    do value.push(this.value(depth));
    while (this.taken(","));
    if (!this.taken("]")) throw this.wrong("expected the end of a list");
    return value;
  }

  private string(): string {
    let value = "";
    this.place++;
    for (;;) {
      value += this.match(PLAIN);
      const mark = this.text[this.place++];
      if (mark === '"') break;
      if (mark !== "\\") throw this.wrong("a string does not end, or holds a control character");
      value += this.escape();
    }
    // A pair that escapes spell is one character by now; a half that is left is none.
    if (/\p{Surrogate}/u.test(value)) throw this.wrong("text holds a lone surrogate");
    return value;
  }

  private escape(): string {
    const letter = this.text[this.place++] ?? "";
    if (letter !== "u") {
      const plain = ESCAPES[letter];
      if (plain === undefined) throw this.wrong("no such escape");
      return plain;
    }
    const digits = this.text.slice(this.place, this.place + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.wrong("expected four hexadecimal digits");
    this.place += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  private number(): number {
    const [text, fraction, exponent] = this.matches(NUMBER) ?? [];
    if (text === undefined) throw this.wrong("not JSON");
    const value = Number(text);
    const whole = fraction === undefined && exponent === undefined;
    if (whole ? !Number.isSafeInteger(value) : !Number.isFinite(value)) {
      throw this.wrong(`the number ${text.slice(0, 40)} is too large for JSON to keep exactly`);
    }
    return value;
  }

  private taken(mark: string): boolean {
    this.match(SPACE);
    if (this.text[this.place] !== mark) return false;
    this.place++;
    return true;
  }

  private match(pattern: RegExp): string {
    return this.matches(pattern)?.[0] ?? "";
  }

  private matches(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.place;
    const found = pattern.exec(this.text);
    if (found) this.place = pattern.lastIndex;
    return found;
  }

  private wrong(reason: string): LedgerError {
    return new LedgerError("encoding", `${reason} (character ${this.place})`, this.field);
  }
}

/** The RFC 8785 form: names sorted by UTF-16 unit, numbers and strings as ECMAScript writes them. */
export function writeJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(writeJson).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const names = Object.keys(value).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${names.map((name) => `${JSON.stringify(name)}:${writeJson(value[name]!)}`).join(",")}}`;
}

/** The value of bytes that are its RFC 8785 form, and no other spelling of it. */
export function parseCanonical(data: Uint8Array, maxBytes: number, maxDepth: number, field = ""): Json {
  if (data.length > maxBytes) {
    throw new LedgerError("encoding", `${data.length} bytes, the limit is ${maxBytes}`, field);
  }
  const value = parseJson(data, maxDepth, field);
  if (writeJson(value) !== textOf(data, field)) {
    const reason = "not canonical JSON (RFC 8785): it would not re-encode to the same bytes";
    throw new LedgerError("encoding", reason, field);
  }
  return value;
}

/** Throws for what Sealane's own formats do not have: numbers that are not whole, and names beyond ASCII. */
export function checkOwn(value: Json, field: string): void {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new LedgerError("encoding", "our own formats have no floats", field);
  }
  if (isObject(value) && !Object.keys(value).every((name) => /^[\x00-\x7f]*$/.test(name))) {
    throw new LedgerError("encoding", "names in our own formats are ASCII", field);
  }
  if (typeof value === "object" && value !== null) Object.values(value).forEach((inner) => checkOwn(inner, field));
}

/** The object of bytes that are its RFC 8785 form. */
export function parseCanonicalObject(
  data: Uint8Array,
  maxDepth: number,
  field: string,
  maxBytes = MAX_DOCUMENT_BYTES,
): JsonObject {
  const value = parseCanonical(data, maxBytes, maxDepth, field);
  if (!isObject(value)) throw new LedgerError("encoding", "expected a JSON object", field);
  return value;
}

/** A value as people write it: text as it is, anything else in its RFC 8785 form. */
export function written(value: Json): string {
  return typeof value === "string" ? value : writeJson(value);
}
