import { useState, type ReactNode, type SubmitEvent } from "react";
import type { ElementId } from "../../../src/contract/ui/index.ts";
import { control } from "../mirror/control.ts";

/** A form that saves what is typed into it; what is wrong with that, the daemon says. Escape in any of its fields leaves it. */
export function SaveForm(props: {
  label: string;
  save: { readonly control: ElementId; readonly words: string };
  cancel: ElementId;
  /** Is given what stands in a field of the form, without the space around it. */
  onSave: (field: (name: string) => string) => Promise<void>;
  onCancel: () => void;
  children: ReactNode;
}) {
  const { label, save, cancel, onSave, onCancel, children } = props;
  const [problem, setProblem] = useState<string>();
  const [isSaving, setSaving] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setSaving(true);
    try {
      await onSave((name) => String(form.get(name) ?? "").trim());
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setSaving(false);
    }
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- A key that is the same in each of its fields.
    <form
      className="form"
      aria-label={label}
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => event.key === "Escape" && (event.stopPropagation(), onCancel())}
    >
      {children}
      <div className="form__tools">
        <button {...control(save.control)} type="submit" className="button button--primary" disabled={isSaving}>
          {save.words}
        </button>
        <button {...control(cancel)} type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
      {problem !== undefined && (
        <p role="alert" className="form__problem">
          {problem}
        </p>
      )}
    </form>
  );
}
