import type { StoredEvent } from "../contract/events/index.ts";
import { pause, type Clock } from "../lib/clock.ts";
import type { ReadQuery } from "../log/log.ts";
import { carries, channelSet, indexedPart, type ChannelSet } from "./channels.ts";
import type { Chunk, FanOut, Follower } from "./fan-out.ts";
import { textFrame } from "./frame.ts";
import { createPace, type Pace } from "./pace.ts";

/** Where a stream writes: one client's socket. */
export interface Outlet {
  /** Ignored once the client is gone. */
  write(bytes: Buffer): void;
  unsentBytes(): number;
  /** Resolves when everything written has left, or the client is gone. */
  drained(): Promise<void>;
  isOpen(): boolean;
  /** How many live frames were dropped since it was last asked. */
  takeLiveDropped(): number;
  /** Ends the connection: its stream cannot go on. */
  fail(error: unknown): void;
}

interface Deps {
  readonly clock: Pick<Clock, "now" | "after" | "soon">;
  readonly fanOut: FanOut;
  readonly outlet: Outlet;
  readonly bufferBytes: number;
  head(): number;
  readLog(query: ReadQuery): readonly StoredEvent[];
}

/** Channels, and the `seq` after which they count: those added during a catch-up begin later than the rest. */
interface Part {
  readonly set: ChannelSet;
  readonly after: number;
}

type Phase =
  | { readonly name: "silent" }
  /** Reads the log in pages, at the speed of the client. `run` tells a later start from this one. */
  | { readonly name: "catching_up"; readonly run: symbol; readonly parts: readonly Part[] }
  | { readonly name: "live"; readonly set: ChannelSet; readonly follower: Follower };

const PAGE = 500;
/** Unsent bytes at which a catch-up waits for the client. */
const CATCH_UP_BYTES = 512 * 1024;

/**
 * One client's place in the log: every event on its channels after `start`, once, in order.
 *
 * `#position` is the whole argument. It only grows; what is at or before it has been written or was not asked for. Reading the last page
 * and joining the live ones happen in one turn of the event loop, so no commit can fall between; a commit that was read from the log and
 * is still to come by is dropped by `joinedAt`. A client that takes too slowly leaves the live ones and reads on from `#position`.
 */
export class EventStream {
  readonly #deps: Deps;
  readonly #pace: Pace;
  #phase: Phase = { name: "silent" };
  #position = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#pace = createPace({ clock: deps.clock, write: (chunk) => this.#write(chunk) });
  }

  get channels(): readonly string[] {
    if (this.#phase.name === "silent") return [];
    const sets = this.#phase.name === "live" ? [this.#phase.set] : this.#phase.parts.map((part) => part.set);
    return [...new Set(sets.flatMap((set) => [...set.channels]))].toSorted();
  }

  /** From now on live events go out at most so often; 0 writes each commit as it comes. */
  pace(everyMs: number): void {
    this.#pace.set(everyMs);
  }

  /** Begins anew: everything on `set` after `after`. */
  start(set: ChannelSet, after: number): void {
    this.#pace.drop();
    this.#leave();
    this.#position = after;
    this.#catchUp([{ set, after }]);
  }

  /** Adds channels from now on. */
  add(channels: readonly string[]): void {
    const { fanOut, head } = this.#deps;
    this.#flush();
    if (this.#phase.name === "catching_up") return this.#catchUp([...this.#phase.parts, { set: channelSet(channels), after: head() }]);
    const set = channelSet([...this.channels, ...channels]);
    this.#leave();
    this.#position = fanOut.seen();
    this.#join(set);
  }

  remove(channels: readonly string[]): void {
    const rest = ({ set, after }: Part): Part => ({
      set: channelSet([...set.channels].filter((channel) => !channels.includes(channel))),
      after,
    });
    this.#flush();
    if (this.#phase.name === "silent") return;
    if (this.#phase.name === "catching_up") {
      const parts = this.#phase.parts.map(rest).filter(({ set }) => set.channels.size > 0);
      return parts.length === 0 ? this.stop() : this.#catchUp(parts);
    }
    const { set } = rest({ set: this.#phase.set, after: 0 });
    this.#leave();
    this.#position = this.#deps.fanOut.seen();
    if (set.channels.size > 0) this.#join(set);
  }

  stop(): void {
    this.#leave();
  }

  /** What waits was meant for the old channels; sending it may show that this client is too slow. */
  #flush(): void {
    this.#deps.fanOut.flush();
    this.#pace.send();
  }

  #leave(): void {
    this.#pace.send();
    if (this.#phase.name === "live") this.#deps.fanOut.remove(this.#phase.set, this.#phase.follower);
    this.#phase = { name: "silent" };
  }

  #join(set: ChannelSet): void {
    const follower: Follower = { joinedAt: this.#position, deliver: (chunks, firstSeq) => this.#deliver(chunks, firstSeq) };
    this.#phase = { name: "live", set, follower };
    this.#deps.fanOut.add(set, follower);
  }

  #deliver(chunks: readonly Chunk[], firstSeq: number): void {
    const { outlet, bufferBytes } = this.#deps;
    if (this.#pace.size() === 0) this.#position = Math.max(this.#position, firstSeq - 1);
    for (const chunk of chunks) {
      const unsent = outlet.unsentBytes() + this.#pace.size();
      if (unsent > 0 && unsent + chunk.bytes.length > bufferBytes) return this.#fallBehind();
      this.#pace.take(chunk);
    }
  }

  #write({ bytes, lastSeq }: Chunk): void {
    this.#deps.outlet.write(bytes);
    this.#position = lastSeq;
  }

  #fallBehind(): void {
    if (this.#phase.name !== "live") return;
    const { set } = this.#phase;
    // Read from the log again, at the client's speed.
    this.#pace.drop();
    this.#leave();
    const run = Symbol("lagged");
    this.#phase = { name: "catching_up", run, parts: [{ set, after: this.#position }] };
    void this.#resume(run);
  }

  async #resume(run: symbol): Promise<void> {
    const { outlet, head } = this.#deps;
    await outlet.drained();
    if (this.#phase.name !== "catching_up" || !outlet.isOpen()) return;
    const dropped = outlet.takeLiveDropped();
    const live = dropped === 0 ? {} : { live_dropped: dropped };
    outlet.write(textFrame(JSON.stringify({ type: "lagged", from_seq: this.#position + 1, to_seq: head(), ...live })));
    if (this.#phase.run === run) await this.#readOn(run);
  }

  #catchUp(parts: readonly Part[]): void {
    const run = Symbol("catch-up");
    this.#phase = { name: "catching_up", run, parts };
    void this.#readOn(run);
  }

  async #readOn(run: symbol): Promise<void> {
    try {
      await this.#readPages(run);
    } catch (error) {
      // The client comes back and asks again from where it was.
      this.#leave();
      this.#deps.outlet.fail(error);
    }
  }

  async #readPages(run: symbol): Promise<void> {
    const { outlet, readLog, head, clock } = this.#deps;
    while (this.#phase.name === "catching_up" && this.#phase.run === run && outlet.isOpen()) {
      const { parts } = this.#phase;
      if (outlet.unsentBytes() >= CATCH_UP_BYTES) {
        await outlet.drained();
        continue;
      }
      const reached = head();
      const page = readLog({
        after: this.#position,
        order: "oldest",
        limit: PAGE,
        ...(parts.length === 1 ? indexedPart(parts[0]!.set) : {}),
      });
      const isWhole = this.#writePage(page, parts);
      if (isWhole && page.length < PAGE) {
        this.#position = Math.max(this.#position, reached);
        return this.#join(channelSet(parts.flatMap((part) => [...part.set.channels])));
      }
      await pause(clock);
    }
  }

  /** Writes until the client has enough to do; whether that was the whole page. */
  #writePage(page: readonly StoredEvent[], parts: readonly Part[]): boolean {
    const room = CATCH_UP_BYTES - this.#deps.outlet.unsentBytes();
    const frames: Buffer[] = [];
    let size = 0;
    let position = this.#position;
    for (const event of page) {
      if (size >= room) break;
      position = event.seq;
      if (!parts.some(({ set, after }) => event.seq > after && carries(set, event))) continue;
      const frame = textFrame(JSON.stringify(event));
      frames.push(frame);
      size += frame.length;
    }
    if (frames.length > 0) this.#deps.outlet.write(Buffer.concat(frames, size));
    this.#position = position;
    return page.length === 0 || position === page.at(-1)!.seq;
  }
}
