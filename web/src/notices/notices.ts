import type { Client } from "../../../src/client/index.ts";
import type { Notice } from "../../../src/contract/operations/push.ts";

const WORKER = "/sw.js";
const PUSH_TRIES_MS = 20_000;

export const mayNotify = (): boolean => "Notification" in window && Notification.permission === "granted";
const hasWorkers = (): boolean => "serviceWorker" in navigator && window.isSecureContext;

/** The worker that shows notifications; undefined where the browser has none for this address. */
export async function noticeWorker(): Promise<ServiceWorkerRegistration | undefined> {
  if (!hasWorkers()) return undefined;
  await navigator.serviceWorker.register(WORKER);
  return navigator.serviceWorker.ready;
}

/** Shows a notification in place of an earlier one about the same ask or alert. Buttons come with the worker alone. */
export async function showNotice(notice: Notice, onClick: () => void): Promise<void> {
  const { id: tag, title, body, actions } = notice;
  const worker = await noticeWorker();
  if (worker !== undefined)
    return worker.showNotification(title, {
      body,
      tag,
      data: notice,
      actions: actions.map(({ action, title: words }) => ({ action, title: words })),
    } as object);
  new Notification(title, { body, tag }).addEventListener("click", onClick);
}

/** Takes the notification about an ask or alert away. */
export async function closeNotice(tag: string): Promise<void> {
  const worker = await noticeWorker();
  for (const notice of (await worker?.getNotifications({ tag })) ?? []) notice.close();
}

/** Calls with the address on the page that a notification led to when it was pressed. */
export function onNoticeOpened(listener: (path: string) => void): () => void {
  if (!hasWorkers()) return () => undefined;
  const take = ({ data }: MessageEvent<{ readonly open?: unknown }>) => typeof data.open === "string" && listener(data.open);
  navigator.serviceWorker.addEventListener("message", take);
  return () => navigator.serviceWorker.removeEventListener("message", take);
}

/** Whether this browser is told while no page is open. */
export async function isSubscribed(): Promise<boolean> {
  if (!hasWorkers()) return false;
  const worker = await navigator.serviceWorker.getRegistration(WORKER);
  return ((await worker?.pushManager.getSubscription()) ?? null) !== null;
}

/** @throws Error in words for a person: the browser has no push service, or the daemon may not call it */
export async function subscribe(client: Client): Promise<void> {
  const worker = await noticeWorker();
  if (worker === undefined || !("pushManager" in worker)) throw new Error("This browser cannot be told while the page is closed.");
  const { public_key } = await client.push.list({});
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error("its push service does not answer")), PUSH_TRIES_MS));
  const subscription = await Promise.race([
    worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: public_key }),
    late,
  ]).catch((error: unknown) => {
    throw new Error(
      `This browser's push service cannot be reached (${(error as Error).message}). Notifications come while a page is open.`,
    );
  });
  const { endpoint, keys } = subscription.toJSON() as { endpoint: string; keys: { p256dh: string; auth: string } };
  try {
    await client.push.add({ endpoint, keys, label: browserName(navigator.userAgent) });
  } catch (error) {
    await subscription.unsubscribe();
    throw error;
  }
}

export async function unsubscribe(client: Client): Promise<void> {
  const worker = await navigator.serviceWorker.getRegistration(WORKER);
  const subscription = await worker?.pushManager.getSubscription();
  if (subscription === null || subscription === undefined) return;
  const { endpoint, keys } = subscription.toJSON() as { endpoint: string; keys: { p256dh: string; auth: string } };
  // Adding it again answers with its id.
  const { browser_id } = await client.push.add({ endpoint, keys, label: browserName(navigator.userAgent) });
  await client.push.remove({ browser_id });
  await subscription.unsubscribe();
}

function browserName(agent: string): string {
  const program = /Firefox|Edg|OPR|Chrome|Safari/.exec(agent)?.[0] ?? "Browser";
  const system = /Android|iPhone|iPad|Windows|Mac OS X|Linux/.exec(agent)?.[0];
  const name = { Edg: "Edge", OPR: "Opera" }[program] ?? program;
  return system === undefined ? name : `${name} on ${system}`;
}
