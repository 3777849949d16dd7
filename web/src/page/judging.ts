/**
 * Files are judged beside the page, in a worker that runs this same program: a file that takes long
 * does not stop the page, and the reader can stop the file.
 */

import { judge, type Judged, type Trusting } from "./judgement.ts";

type Question = Readonly<{ id: number; data: Uint8Array; nowMs: number; trusting: Trusting }>;
type Answer = Readonly<{ id: number; judged?: Judged; done?: number; total?: number }>;
type Waiting = Readonly<{
  question: Question;
  resolve: (judged: Judged) => void;
  reject: (error: Error) => void;
  told: (done: number, total: number) => void;
}>;

/** Why there is no judgement: the reader stopped it, or the device could not. */
export class Stopped extends Error {}

/** Where the program came from, while it is read for the first time. */
const script = typeof document === "undefined" ? null : (document.currentScript as HTMLScriptElement | null);

export class Judging {
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private count = 0;
  /** Whether a worker has ever answered here; where none can run, the page judges by itself. */
  private works = false;

  ask(
    data: Uint8Array,
    nowMs: number,
    trusting: Trusting,
    told: (done: number, total: number) => void = () => undefined,
  ): Promise<Judged> {
    return new Promise((resolve, reject) => {
      const question = { id: ++this.count, data, nowMs, trusting };
      this.waiting.set(question.id, { question, resolve, reject, told });
      try {
        this.worker ??= this.started();
        this.worker.postMessage(question);
      } catch {
        this.failed();
      }
    });
  }

  /** Give up whatever is being judged. */
  stop(): void {
    this.end().forEach(({ reject }) => reject(new Stopped("stopped")));
  }

  private started(): Worker {
    const source = script?.src || URL.createObjectURL(new Blob([script?.textContent ?? ""], { type: "text/javascript" }));
    const worker = new Worker(source);
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      this.works = true;
      const asked = this.waiting.get(data.id);
      if (data.judged === undefined) asked?.told(data.done ?? 0, data.total ?? 0);
      else {
        this.waiting.delete(data.id);
        asked?.resolve(data.judged);
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.failed();
    };
    return worker;
  }

  /** The worker broke: for want of memory, or because this browser allows none. */
  private failed(): void {
    const { works } = this;
    for (const { question, resolve, reject } of this.end()) {
      if (works) reject(new Error("the device could not judge the file"));
      else setTimeout(() => resolve(judge(question.data, question.nowMs, question.trusting)));
    }
  }

  private end(): Waiting[] {
    this.worker?.terminate();
    this.worker = null;
    const left = [...this.waiting.values()];
    this.waiting.clear();
    return left;
  }
}

/** Be the worker: judge what the page asks. */
export function serve(): void {
  globalThis.onmessage = ({ data: { id, data, nowMs, trusting } }: MessageEvent<Question>) => {
    const answer = (said: Omit<Answer, "id">): void => globalThis.postMessage({ id, ...said });
    answer({ judged: judge(data, nowMs, trusting, (done, total) => answer({ done, total })) });
  };
}
