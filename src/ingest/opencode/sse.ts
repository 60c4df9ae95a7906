/** Cuts a stream of server-sent events into the data of each. Bytes may be cut anywhere, also inside a character. */
export function createSseReader(maxChars = 32 * 1024 * 1024): { push(bytes: Uint8Array): string[] } {
  const decoder = new TextDecoder();
  let rest = "";
  let data: string[] = [];
  let size = 0;
  return {
    push(bytes) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop()!;
      const found: string[] = [];
      for (const raw of lines) {
        const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
        if (line === "") {
          if (data.length > 0) found.push(data.join("\n"));
          data = [];
          size = 0;
        } else if (line.startsWith("data:") && size <= maxChars) {
          const text = line.slice(line.startsWith("data: ") ? 6 : 5);
          size += text.length;
          data.push(text);
        }
      }
      return found;
    },
  };
}
