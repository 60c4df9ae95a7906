import type { StoredEvent } from "../contract/events/index.ts";
import { PROTOCOL_VERSION } from "../contract/frames.ts";
import type { FetchSession, Socket, SocketConstructor } from "../client/index.ts";
import { subjectFilter } from "../lib/subject.ts";
import { encodeState } from "../projections/encode.ts";
import type { State } from "../projections/state.ts";
import type { ArrayLog } from "./gateway-array-log.ts";
import { sessionAt } from "./gateway-fixture.ts";

/**
 * A daemon without a network, for tests of what follows one: it speaks the WebSocket protocol to sockets that it makes itself. Frames wait
 * until `deliver`, also those of a socket that was cut: they then arrive late, as they may in a browser. It passes the same suite as the
 * real gateway (`client-replica-suite.ts`).
 */
export interface FakeDaemon {
  readonly WebSocket: SocketConstructor;
  readonly fetchSession: FetchSession;
  /** Hands over up to `count` waiting frames of each socket, dead ones too. Returns whether any was waiting. */
  deliver(count?: number): boolean;
  /** Ends every connection after `frames` more frames; the rest of what waits stays on the dead socket. */
  cut(frames?: number): void;
  /** Until `open`, connections fail. */
  shut(): void;
  open(): void;
  /** Puts any text before what waits for the open sockets. */
  inject(text: string): void;
  /** Sends again, behind what waits, an event that was sent before. */
  repeat(seq: number): void;
  /** The log of another home: what is connected now stays with the old one until it is cut. */
  replaceLog(log: ArrayLog): void;
  readonly connections: () => number;
  /** Every command received. */
  readonly commands: { readonly command: string; readonly params: Readonly<Record<string, unknown>> }[];
}

interface FakeSocket extends Socket {
  readonly waiting: string[];
  isOpen: boolean;
  isGreeted: boolean;
  /** Frames until it breaks. */
  left: number;
  tell(type: "message" | "close" | "error", event: { readonly data?: unknown }): void;
  stop(): void;
}

export function createFakeDaemon(options: { log: ArrayLog; snapshot?: (state: State) => State; fetchSession?: FetchSession }): FakeDaemon {
  let { log } = options;
  const { snapshot = (state) => state } = options;
  const sockets = new Set<FakeSocket>();
  const commands: FakeDaemon["commands"] = [];
  let isShut = false;

  function connect(): FakeSocket {
    const listeners: { readonly type: string; readonly listener: (event: { readonly data?: unknown }) => void }[] = [];
    const own = log;
    let isWanted: (event: StoredEvent) => boolean = () => false;
    let position = 0;
    const socket: FakeSocket = {
      waiting: [],
      isOpen: !isShut,
      isGreeted: false,
      left: isShut ? 0 : Infinity,
      addEventListener: (type, listener) => void listeners.push({ type, listener }),
      tell: (type, event) => {
        for (const each of listeners) if (each.type === type) each.listener(event);
      },
      close: () => end(socket),
      stop: own.onCommit((events) => send(events)),
      send(text) {
        if (!socket.isGreeted) throw new Error("this socket is not open yet");
        if (!socket.isOpen) return;
        const {
          command,
          id,
          params = {},
        } = JSON.parse(text) as { command: string; id?: string; params?: { channels?: string[]; from?: number; snapshot?: boolean } };
        commands.push({ command, params: params as Record<string, unknown> });
        if (command !== "subscribe") return;
        isWanted = wants(params.channels ?? []);
        socket.waiting.push(JSON.stringify({ type: "subscribed", channels: params.channels, head: own.head(), id }));
        const state = own.state();
        if (params.snapshot === true)
          socket.waiting.push(JSON.stringify({ type: "snapshot", seq: state.seq, state: encodeState(snapshot(state)) }));
        position = params.snapshot === true ? state.seq : (params.from ?? own.head());
        send(own.readLog({ after: position, limit: Infinity }));
      },
    };

    function send(events: readonly StoredEvent[]): void {
      for (const event of events) {
        if (!socket.isOpen || event.seq <= position) continue;
        position = event.seq;
        if (isWanted(event)) socket.waiting.push(JSON.stringify(event));
      }
    }

    socket.waiting.push(JSON.stringify({ type: "hello", protocol: PROTOCOL_VERSION, server: "fake", seq: own.head(), auth: "open" }));
    sockets.add(socket);
    return socket;
  }

  function end(socket: FakeSocket): void {
    if (!socket.isOpen) return;
    socket.isOpen = false;
    socket.stop();
  }

  function deliverTo(socket: FakeSocket, count: number): boolean {
    const hadSome = socket.waiting.length > 0 || socket.left === 0;
    for (let i = 0; i < count && socket.waiting.length > 0 && socket.left > 0; i++) {
      socket.left--;
      socket.isGreeted = true;
      socket.tell("message", { data: socket.waiting.shift() });
    }
    if (socket.left > 0) return hadSome;
    end(socket);
    socket.left = Infinity; // From now on what is left comes late.
    socket.tell("close", {});
    return hadSome;
  }

  return {
    commands,
    connections: () => [...sockets].filter((socket) => socket.isOpen).length,
    // A function that is called with `new` and returns an object gives that object.
    WebSocket: function FakeSocket() {
      return connect();
    } as unknown as SocketConstructor,
    fetchSession:
      options.fetchSession ??
      (async (asked) => {
        const session = sessionAt(log, asked);
        return session === undefined ? undefined : { session };
      }),
    deliver(count = Infinity) {
      let hadSome = false;
      for (const socket of sockets) {
        hadSome = deliverTo(socket, count) || hadSome;
        if (!socket.isOpen && socket.waiting.length === 0) sockets.delete(socket);
      }
      return hadSome;
    },
    cut(frames = 0) {
      for (const socket of sockets) if (socket.isOpen) socket.left = Math.min(socket.left, frames);
    },
    shut: () => void (isShut = true),
    open: () => void (isShut = false),
    inject(text) {
      for (const socket of sockets) if (socket.isOpen) socket.waiting.unshift(text);
    },
    repeat(seq) {
      const [event] = log.readLog({ after: seq - 1, limit: 1 });
      for (const socket of sockets) if (socket.isOpen && event !== undefined) socket.waiting.push(JSON.stringify(event));
    },
    replaceLog: (next) => void (log = next),
  };
}

function wants(channels: readonly string[]): (event: StoredEvent) => boolean {
  const byType = subjectFilter(channels.filter((channel) => !channel.includes(":")));
  return (event) => byType(event.type) || channels.includes(`session:${event.session_id}`);
}
