// The service worker: shows notifications about asks and alerts, also while no page is open, and answers asks that can be answered by a button. It keeps no files.
import type { Notice } from "../../../src/contract/operations/push.ts";

interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Pushed extends Lasting {
  readonly data: { json(): unknown } | null;
}
interface Pressed extends Lasting {
  readonly action: string;
  readonly notification: Notification;
}
interface Page {
  readonly url: string;
  focus(): Promise<unknown>;
  postMessage(message: unknown, transfer: readonly never[]): void;
}
interface Worker {
  readonly registration: ServiceWorkerRegistration;
  readonly clients: {
    matchAll(of: { type: "window"; includeUncontrolled: true }): Promise<Page[]>;
    openWindow(url: string): Promise<unknown>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install", listener: (event: Lasting) => void): void;
  addEventListener(type: "push", listener: (event: Pushed) => void): void;
  addEventListener(type: "notificationclick", listener: (event: Pressed) => void): void;
}
const worker = self as unknown as Worker;

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));

worker.addEventListener("push", (event) => {
  const notice = event.data?.json() as Notice | undefined;
  if (notice !== undefined) event.waitUntil(show(notice));
});

worker.addEventListener("notificationclick", (event) => {
  const { notification, action } = event;
  const notice = notification.data as Notice;
  notification.close();
  const chosen = notice.actions.find((each) => each.action === action);
  event.waitUntil(chosen === undefined ? open(notice.path) : answer(notice, chosen));
});

function show(notice: Notice): Promise<void> {
  const { id: tag, title, body, actions } = notice;
  const options: object = { body, tag, data: notice, actions: actions.map(({ action, title: words }) => ({ action, title: words })) };
  return worker.registration.showNotification(title, options);
}

async function answer(notice: Notice, { answer: given }: Notice["actions"][number]): Promise<void> {
  const problem = await fetch(`/api/asks/${encodeURIComponent(notice.id)}/answer`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ answer: given, door: "notification" }),
  }).then(
    async (reply) => (reply.ok ? undefined : ((await reply.json()) as { error: { message: string } }).error.message),
    () => "Orrery could not be reached. Nothing was answered.",
  );
  // What was pressed and did not happen must not look as if it had.
  if (problem !== undefined) await show({ ...notice, body: problem, actions: [] });
}

async function open(path: string): Promise<void> {
  const [page] = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (page === undefined) return void (await worker.clients.openWindow(path));
  page.postMessage({ open: path }, []);
  // Refused where the browser saw nobody press; the page goes there all the same.
  await page.focus().catch(() => undefined);
}
