import { useEffect, useState } from "react";
import { onFrames, type FrameFigures } from "../../mirror/frames.ts";

/** What a frame of this page takes, as it is told to the daemon; undefined until a second is full, and where the tab is hidden. */
export function useFrameTime(): FrameFigures | undefined {
  const [figures, setFigures] = useState<FrameFigures>();
  useEffect(() => onFrames(setFigures), []);
  return figures;
}
