import { useId } from "react";
import type { ElementId } from "../../../src/contract/ui/index.ts";
import { control } from "../mirror/control.ts";
import { useTyped } from "./use-typed.ts";

const TYPING_MS = 400;

/** Something that can be asked for by its name. */
export interface Name {
  /** What is asked for, as a rule an id. */
  readonly value: string;
  readonly name: string;
}

/** A box of a filter in which a name, a title or an id is typed; known names are offered. */
export function NameBox(props: {
  field: ElementId;
  label: string;
  placeholder: string;
  list: readonly Name[];
  value: string | undefined;
  /** What typed words ask for: the words themselves, where nothing better is known. */
  meant?: (words: string) => string;
  onChange: (value: string | undefined) => void;
}) {
  const { field, label, placeholder, list, value, meant = (words) => words, onChange } = props;
  const id = useId();
  const shown = list.find((one) => one.value === value)?.name ?? value ?? "";
  const [typed, setTyped] = useTyped(shown, (words) => onChange(words === "" ? undefined : meant(words)), TYPING_MS);
  return (
    <>
      <input
        {...control(field)}
        className="filter filter--name"
        list={id}
        aria-label={label}
        placeholder={placeholder}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <datalist id={id}>
        {[...new Set(list.map(({ name }) => name))].map((name) => (
          <option key={name}>{name}</option>
        ))}
      </datalist>
    </>
  );
}
