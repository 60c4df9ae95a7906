import { z } from "zod";
import { defineEvent } from "../event.ts";
import { MessageId, RequestId, TurnId } from "../ids.ts";
import { Text } from "../text.ts";

/** `text` of an image: its file as a `data:` address, or the address that it lies at, which nobody loads; absent where no source told it. */
export const MessagePart = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("text"), text: Text }),
  z.object({ kind: z.literal("thinking"), text: Text }),
  z.object({ kind: z.literal("image"), media_type: z.string().optional(), text: Text.optional() }),
  z.object({ kind: z.literal("file"), name: z.string().optional(), media_type: z.string().optional(), text: Text.optional() }),
]);
export type MessagePart = z.infer<typeof MessagePart>;

/**
 * Words of a person or an agent. `message_id` names one block of one source's record; two sources that saw the same words use different
 * ids, and the `messages` projection pairs them. `index` orders the pieces of a message that arrives in several events.
 */
export const messageAdded = defineEvent(
  "message.added",
  z.looseObject({
    message_id: MessageId,
    role: z.enum(["user", "assistant", "system"]),
    parts: z.array(MessagePart).max(1_000),
    request_id: RequestId.optional(),
    turn_id: TurnId.optional(),
    index: z.number().int().nonnegative().optional(),
  }),
  { message_id: "msg_4dae" as MessageId, role: "assistant", parts: [{ kind: "text", text: "Both helpers reported." }] },
);
