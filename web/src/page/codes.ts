/**
 * Ids of records as people give them: typed, pasted, or scanned from a printed code.
 *
 * Whatever stands before an id is passed over, a host above all: a code that somebody glued on a
 * paper must not choose which node is asked, nor what else it is asked for.
 */

const ID = /(?:^|[^a-z])((?:bill|declaration|container|document|organisation|member|proposal|mandate)(?:\/[a-z0-9-]{1,64}){1,2})$/;
const BARE = /^[0-9a-f]{64}$/;

/** Sizes at which a photo is looked at, longest side in pixels: what is too fine at one is plain at another. */
const PHOTO_SIZES = [1_600, 800, 400];
/** Size at which frames of the camera are looked at. */
const FRAME_SIZE = 960;
/** Largest photo that is opened; a phone's has a tenth of that. */
const MAX_PHOTO_BYTES = 50_000_000;

/** The id in a text, or null. */
export function idIn(text: string): string | null {
  const plain = text.trim();
  if (BARE.test(plain)) return `bill/${plain}`;
  return ID.exec(plain)?.[1] ?? null;
}

/** Whether the browser lets this page use a camera. */
export function hasCamera(): boolean {
  return isSecureContext && "mediaDevices" in navigator;
}

/** What reads codes: `scan/scan.ts`, loaded from an address of the node when it is first needed. */
type Reader = Readonly<{ codeIn(picture: ImageData): string | null }>;

function readerAt(address: string): Promise<Reader> {
  return import(address) as Promise<Reader>;
}

/** Show the camera in `video` until a code with an id was seen or `signal` says stop; null then. */
export async function scan(address: string, video: HTMLVideoElement, signal: AbortSignal): Promise<string | null> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  try {
    const reader = await readerAt(address);
    video.srcObject = stream;
    await video.play();
    const look = looker();
    while (!signal.aborted) {
      const picture = look(video, video.videoWidth, video.videoHeight, FRAME_SIZE);
      const code = picture === null ? null : reader.codeIn(picture);
      const id = code === null ? null : idIn(code);
      if (id !== null) return id;
      await new Promise((resume) => requestAnimationFrame(resume));
    }
    return null;
  } finally {
    stream.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  }
}

/** The id in the code on a photo, or null; throws for what is no picture. */
export async function idOnPhoto(address: string, photo: Blob): Promise<string | null> {
  if (photo.size > MAX_PHOTO_BYTES) return null;
  const [reader, picture] = await Promise.all([readerAt(address), createImageBitmap(photo)]);
  const look = looker();
  const seen = PHOTO_SIZES.map((size) => look(picture, picture.width, picture.height, size));
  picture.close();
  for (const one of seen) {
    const code = one === null ? null : reader.codeIn(one);
    const id = code === null ? null : idIn(code);
    if (id !== null) return id;
  }
  return null;
}

/** Turns pictures into pixels, none of them longer than a size; null while there is no picture yet. */
function looker(): (source: CanvasImageSource, width: number, height: number, size: number) => ImageData | null {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return (source, width, height, size) => {
    if (context === null || width === 0 || height === 0) return null;
    const scale = Math.min(1, size / Math.max(width, height));
    [canvas.width, canvas.height] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
    context.drawImage(source, 0, 0, canvas.width, canvas.height);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  };
}
