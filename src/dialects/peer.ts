import type { WebSocket } from "ws";

/** One WebSocket client. A slow one costs a bounded amount of memory: beyond it frames are left out until it has read what it was sent. */
export interface Peer {
  /** False when the frame was left out. */
  send(frame: object): boolean;
  /** Bytes of a text that many are sent are held once. */
  sendText(text: string | Buffer): boolean;
  onMessage(listener: (text: string) => void): void;
  onClose(listener: () => void): void;
  /** Called once it has read everything after frames were left out: the moment to tell it how things stand. */
  onCaughtUp(listener: (missed: number) => void): void;
  close(code: number, reason?: string): void;
}

export function createPeer(ws: WebSocket, bufferBytes: () => number): Peer {
  let missed = 0;
  let caughtUp: (missed: number) => void = () => undefined;

  function sent(): void {
    if (missed === 0 || ws.bufferedAmount > 0 || ws.readyState !== ws.OPEN) return;
    const count = missed;
    missed = 0;
    caughtUp(count);
  }

  function sendText(text: string | Buffer): boolean {
    if (ws.readyState !== ws.OPEN) return false;
    if (missed > 0 || ws.bufferedAmount > bufferBytes()) {
      missed++;
      return false;
    }
    ws.send(text, { binary: false }, sent);
    return true;
  }

  return {
    sendText,
    send: (frame) => sendText(JSON.stringify(frame)),
    onMessage: (listener) => ws.on("message", (data: Buffer, isBinary: boolean) => listener(isBinary ? "" : data.toString("utf8"))),
    onClose: (listener) => ws.on("close", listener),
    onCaughtUp(listener) {
      caughtUp = listener;
    },
    close: (code, reason) => ws.close(code, reason),
  };
}
