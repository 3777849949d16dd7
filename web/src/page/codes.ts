/**
 * Ids of records as people give them: typed, pasted, or scanned from a printed code.
 *
 * Whatever stands around an id is passed over, a host above all: a code that somebody glued on a
 * paper must not choose which node is asked.
 */

const ID = /(?:^|[^a-z])((?:bill|declaration|container|document|organisation|member|proposal|mandate)\/[A-Za-z0-9_:./-]{1,180})$/;
const BARE = /^[0-9a-f]{64}$/;

/** The id in a text, or null. */
export function idIn(text: string): string | null {
  const plain = text.trim();
  if (BARE.test(plain)) return `bill/${plain}`;
  return ID.exec(plain)?.[1] ?? null;
}

interface Detector {
  detect(source: CanvasImageSource): Promise<readonly { rawValue: string }[]>;
}
declare const BarcodeDetector: (new (options: { formats: string[] }) => Detector) | undefined;

/** Why no code can be scanned here: the key of a sentence, or null where it can. */
export function whyNoScan(): "scan_https" | "scan_unable" | null {
  if (!isSecureContext) return "scan_https";
  return typeof BarcodeDetector === "undefined" || !("mediaDevices" in navigator) ? "scan_unable" : null;
}

/** Show the camera in `video` until a code with an id was seen or `signal` says stop; null then. */
export async function scan(video: HTMLVideoElement, signal: AbortSignal): Promise<string | null> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  try {
    const detector = new BarcodeDetector!({ formats: ["qr_code"] });
    video.srcObject = stream;
    await video.play();
    while (!signal.aborted) {
      const codes = await detector.detect(video);
      const found = codes.map((code) => idIn(code.rawValue)).find((id) => id !== null);
      if (found !== undefined) return found;
      await new Promise((resume) => requestAnimationFrame(resume));
    }
    return null;
  } finally {
    stream.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  }
}
