import { Link } from "@tanstack/react-router";
import { Ellipsis, Monitor, Moon, Sun } from "lucide-react";
import { useApp } from "./app-context.ts";
import { screens } from "./screens.ts";
import { setTheme, themes, useTheme, type Theme } from "./theme.ts";
import { control } from "../mirror/control.ts";

const icons = { system: Monitor, dark: Moon, light: Sun };
const words: Record<Theme, string> = { system: "System theme", dark: "Dark theme", light: "Light theme" };

/** On a phone it is a bar at the bottom, with a way to the screens that have no place in it. */
export function Rail({ onMore }: { onMore: () => void }) {
  const { isRecording } = useApp();
  const theme = useTheme();
  const next = themes[(themes.indexOf(theme) + 1) % themes.length]!;
  const Icon = icons[theme];
  return (
    <nav className="rail" aria-label="Screens">
      {screens
        .filter(({ isRecorded }) => isRecording !== true || isRecorded === true)
        .map(({ name, path, word, icon: ScreenIcon, isWide }) => (
          <Link
            {...control(`nav.${name}`)}
            key={path}
            to={path}
            className="rail__link"
            data-wide={isWide}
            activeOptions={{ exact: path === "/", includeSearch: false }}
            title={word}
          >
            <ScreenIcon size={17} strokeWidth={1.75} aria-hidden />
            <span className="rail__word">{word}</span>
          </Link>
        ))}
      <button {...control("nav.more")} type="button" className="rail__link rail__more" onClick={onMore}>
        <Ellipsis size={17} strokeWidth={1.75} aria-hidden />
        <span className="rail__word">More</span>
      </button>
      <div className="rail__foot">
        <button
          {...control("theme.next")}
          type="button"
          className="rail__link"
          onClick={() => setTheme(next)}
          title={`${words[theme]}; switch to ${next}`}
        >
          <Icon size={17} strokeWidth={1.75} aria-hidden />
          <span className="rail__word">{words[theme]}</span>
        </button>
      </div>
    </nav>
  );
}
