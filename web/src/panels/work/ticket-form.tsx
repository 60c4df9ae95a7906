import type { TicketId } from "../../../../src/contract/ids.ts";
import type { TicketRow } from "../../../../src/contract/operations/work.ts";
import { useApp } from "../../app/app-context.ts";
import { box } from "../../mirror/control.ts";
import { SaveForm } from "../../ui/save-form.tsx";

const priorities = ["low", "medium", "high", "urgent"] as const;

/** Makes a ticket, or changes the words of one. What is wrong with it the daemon says. */
export function TicketForm({ ticket, onDone, onCancel }: { ticket?: TicketRow; onDone: (ticketId: string) => void; onCancel: () => void }) {
  const { client } = useApp();
  return (
    <SaveForm
      label={ticket === undefined ? "New ticket" : "Edit ticket"}
      save={ticket === undefined ? { control: "work.create", words: "Make ticket" } : { control: "work.save", words: "Save ticket" }}
      cancel="work.cancel"
      onCancel={onCancel}
      onSave={async (field) => {
        const priority = priorities.find((one) => one === field("priority"));
        const fields = {
          title: field("title"),
          body: field("body"),
          assignee: field("assignee"),
          project: field("project"),
          tags: field("tags")
            .split(",")
            .map((word) => word.trim())
            .filter(Boolean),
          ...(priority === undefined ? {} : { priority }),
        };
        const { ticket_id } =
          ticket === undefined
            ? await client.call("tickets.create", fields)
            : await client.call("tickets.update", { ticket_id: ticket.ticket_id as TicketId, ...fields });
        onDone(ticket_id);
      }}
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
    </SaveForm>
  );
}
