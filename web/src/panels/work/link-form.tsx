import { useId, useState, type SubmitEvent } from "react";
import { useAnswer } from "../../app/use-answer.ts";
import { clip } from "../../ui/format.ts";
import { box, control } from "../../mirror/control.ts";

const OFFERED = 50;

/** Says that a session works on the ticket: one of the latest by its title, or any by its id. */
export function LinkForm({
  taken,
  onLink,
}: {
  taken: readonly { readonly session_id: string }[];
  onLink: (sessionId: string) => Promise<void>;
}) {
  const { value } = useAnswer("sessions.list", { limit: OFFERED });
  const [id, setId] = useState("");
  const list = useId();
  const offered = (value?.items ?? []) as unknown as readonly { readonly session_id: string; readonly title: string }[];
  const link = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    await onLink(id.trim());
    setId("");
  };
  return (
    <form className="ticket__linking" aria-label="Link a session" onSubmit={(event) => void link(event)}>
      <input
        {...box("work.session")}
        className="filter"
        list={list}
        required
        placeholder="Session to link"
        aria-label="Session to link"
        value={id}
        onChange={(event) => setId(event.target.value)}
      />
      <datalist id={list}>
        {offered
          .filter(({ session_id }) => !taken.some((one) => one.session_id === session_id))
          .map(({ session_id, title }) => (
            <option key={session_id} value={session_id}>
              {clip(title, 60)}
            </option>
          ))}
      </datalist>
      <button {...control("work.link")} type="submit" className="button">
        Link session
      </button>
    </form>
  );
}
