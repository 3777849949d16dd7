/**
 * Reading QR codes in pictures. A script of its own, which the page loads when somebody scans for
 * the first time: few browsers can read codes by themselves.
 */

import { decodeQR } from "qr/decode.js";

/** Milliseconds for second looks at one picture: the page stays quick, and the next frame comes. */
const PATIENCE_MS = 60;

/** What the code in a picture says, or null where none is found. */
export function codeIn(picture: ImageData): string | null {
  try {
    return decodeQR(picture, { format: "RGBA", timeLimit: PATIENCE_MS });
  } catch {
    return null; // which is how the library says that it found none
  }
}
