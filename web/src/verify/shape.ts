/**
 * What a JSON value must look like, as data: the counterpart of Python's typed decoding.
 *
 * A field that is absent by default may not be spelled with that default (no `null`, no empty
 * list), because the canonical form omits it; so a value that has a shape has one spelling.
 */

import { LedgerError } from "./errors.ts";
import { isObject, type Json } from "./json.ts";

export type Shape = (value: Json, field: string) => void;

function wrong(expected: string, field: string): LedgerError {
  return new LedgerError("encoding", `expected ${expected}`, field);
}

function inner(field: string, name: string | number): string {
  return field === "" ? String(name) : typeof name === "number" ? `${field}[${name}]` : `${field}.${name}`;
}

export const uint: Shape = (value, field) => {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw wrong("a whole number from 0 to 2^53 - 1", field);
  }
};

/** Text of at least `least` and at most `most` characters, which are code points, that fits a pattern. */
export function text(least = 0, most = Infinity, pattern?: RegExp): Shape {
  return (value, field) => {
    if (typeof value !== "string") throw wrong("text", field);
    // A string has at least half as many characters as units, so most need not be spread to be counted.
    const count = value.length <= most && value.length >= 2 * least ? value.length : [...value].length;
    if (count < least || count > most) throw wrong(`${least} to ${most} characters`, field);
    if (pattern !== undefined && !pattern.test(value)) throw wrong(`text like ${pattern.source}`, field);
  };
}

export function literal(expected: string): Shape {
  return (value, field) => {
    if (value !== expected) throw wrong(`'${expected}'`, field);
  };
}

export function oneOf(...expected: readonly string[]): Shape {
  return (value, field) => {
    if (typeof value !== "string" || !expected.includes(value)) throw wrong(`one of ${expected.join(", ")}`, field);
  };
}

export const flag: Shape = (value, field) => {
  if (typeof value !== "boolean") throw wrong("true or false", field);
};

/** What a record may spell as null as well as leave out. */
export function orNull(shape: Shape): Shape {
  return (value, field) => {
    if (value !== null) shape(value, field);
  };
}

/** An object whose form its field `tag` names. */
export function tagged(tag: string, forms: Record<string, Shape>): Shape {
  return (value, field) => {
    const name = isObject(value) ? value[tag] : undefined;
    const form = typeof name === "string" && Object.hasOwn(forms, name) ? forms[name] : undefined;
    if (form === undefined) throw wrong(`one of ${Object.keys(forms).join(", ")}`, inner(field, tag));
    form(value, field);
  };
}

export const anyObject: Shape = (value, field) => {
  if (!isObject(value)) throw wrong("an object", field);
};

export function list(item: Shape, least = 0, most = Infinity): Shape {
  return (value, field) => {
    if (!Array.isArray(value)) throw wrong("a list", field);
    if (value.length < least || value.length > most) throw wrong(`${least} to ${most} items`, field);
    value.forEach((one, place) => item(one, inner(field, place)));
  };
}

/** A list that is left out when it is empty. */
export function listOrAbsent(item: Shape, most = Infinity): Shape {
  return list(item, 1, most);
}

export function object(required: Record<string, Shape>, optional: Record<string, Shape> = {}): Shape {
  return (value, field) => {
    if (!isObject(value)) throw wrong("an object", field);
    for (const [name, shape] of Object.entries(required)) {
      const found = value[name];
      if (found === undefined) throw new LedgerError("encoding", `the field '${name}' is missing`, field);
      shape(found, inner(field, name));
    }
    for (const name of Object.keys(value)) {
      if (Object.hasOwn(required, name)) continue;
      const shape = Object.hasOwn(optional, name) ? optional[name] : undefined;
      if (shape === undefined) throw new LedgerError("encoding", `the field '${name}' is not known`, field);
      shape(value[name]!, inner(field, name));
    }
  };
}

/** A value whose shape has been checked, as its type. */
export function shaped<T>(value: Json, shape: Shape, field = ""): T {
  shape(value, field);
  return value as unknown as T;
}

