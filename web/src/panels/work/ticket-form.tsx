import { useState, type SubmitEvent } from "react";
import type { TicketId } from "../../../../src/contract/ids.ts";
import type { TicketRow } from "../../../../src/contract/operations/work.ts";
import { useApp } from "../../app/app-context.ts";
import { box, control } from "../../mirror/control.ts";

const priorities = ["low", "medium", "high", "urgent"] as const;

/** Makes a ticket, or changes the words of one. What is wrong with it the daemon says. */
export function TicketForm({ ticket, onDone, onCancel }: { ticket?: TicketRow; onDone: (ticketId: string) => void; onCancel: () => void }) {
  const { client } = useApp();
  const [problem, setProblem] = useState<string>();
  const [isSaving, setSaving] = useState(false);
  const save = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const field = (name: string) => String(form.get(name) ?? "").trim();
    const list = (name: string) =>
      field(name)
        .split(",")
        .map((word) => word.trim())
        .filter(Boolean);
    const priority = priorities.find((one) => one === field("priority"));
    const fields = {
      title: field("title"),
      body: field("body"),
      assignee: field("assignee"),
      project: field("project"),
      tags: list("tags"),
      ...(priority === undefined ? {} : { priority }),
    };
    setSaving(true);
    try {
      const { ticket_id } =
        ticket === undefined
          ? await client.call("tickets.create", fields)
          : await client.call("tickets.update", { ticket_id: ticket.ticket_id as TicketId, ...fields });
      onDone(ticket_id);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setSaving(false);
    }
  };
  return (
    // Escape in any of its fields closes the form.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      className="form"
      aria-label={ticket === undefined ? "New ticket" : "Edit ticket"}
      onSubmit={(event) => void save(event)}
      onKeyDown={(event) => event.key === "Escape" && (event.stopPropagation(), onCancel())}
    >
      <label className="form__wide">
        Title
        {/* The form was asked for: its first field is where one goes on. */}
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
        <input {...box("work.title")} name="title" required maxLength={300} autoFocus defaultValue={ticket?.title ?? ""} />
      </label>
      <label className="form__wide">
        What is to be done
        <textarea {...box("work.body")} name="body" rows={3} defaultValue={ticket?.body ?? ""} />
      </label>
      <label>
        Priority
        <select {...box("work.priority")} name="priority" defaultValue={ticket?.priority ?? "medium"}>
          {priorities.map((priority) => (
            <option key={priority}>{priority}</option>
          ))}
        </select>
      </label>
      <label>
        Assignee
        <input {...box("work.assignee")} name="assignee" maxLength={200} defaultValue={ticket?.assignee ?? ""} placeholder="nobody" />
      </label>
      <label>
        Project
        <input {...box("work.project")} name="project" maxLength={300} defaultValue={ticket?.project ?? ""} placeholder="none" />
      </label>
      <label>
        Tags
        <input {...box("work.tags")} name="tags" defaultValue={ticket?.tags.join(", ") ?? ""} placeholder="bug, parser" />
      </label>
      <div className="form__tools">
        <button
          {...control(ticket === undefined ? "work.create" : "work.save")}
          type="submit"
          className="button button--primary"
          disabled={isSaving}
        >
          {ticket === undefined ? "Make ticket" : "Save ticket"}
        </button>
        <button {...control("work.cancel")} type="button" className="button" onClick={onCancel}>
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
