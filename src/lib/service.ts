/** A part that lives long: `run` resolves when it has ended, `stop` asks it to and waits. */
export interface Service {
  run(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}
