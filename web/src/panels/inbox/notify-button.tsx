import { Bell, BellRing } from "lucide-react";
import { useEffect, useState } from "react";
import { useMay } from "../../app/access.ts";
import { useApp } from "../../app/app-context.ts";
import { isSubscribed, noticeWorker, subscribe, unsubscribe } from "../../notices/notices.ts";
import { control } from "../../mirror/control.ts";

/**
 * Leave to notify while the page is hidden and, as a second step that a person takes on purpose, while it is closed: only then is anything sent out, to the
 * push service of the browser's maker, which cannot read it.
 */
export function NotifyButton() {
  const { client } = useApp();
  const may = useMay();
  const [permission, setPermission] = useState(() => ("Notification" in window ? Notification.permission : "denied"));
  const [isTold, setIsTold] = useState<boolean>();
  const [problem, setProblem] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);

  useEffect(() => {
    if (permission === "granted") void isSubscribed().then(setIsTold);
  }, [permission]);

  async function act(work: () => Promise<unknown>) {
    setIsBusy(true);
    setProblem(undefined);
    await work().catch((error: unknown) => setProblem((error as Error).message));
    setIsTold(await isSubscribed());
    setIsBusy(false);
  }
  const request = async () => {
    const given = await Notification.requestPermission();
    setPermission(given);
    if (given === "granted") await noticeWorker();
  };

  if (permission === "denied") return null;
  if (permission === "default")
    return (
      <button
        {...control("inbox.notify")}
        type="button"
        className="button"
        onClick={() => void request()}
        title="A desktop notification for each new ask and alert while this page is hidden"
      >
        <Bell size={15} aria-hidden />
        Notify me
      </button>
    );
  if (isTold === undefined || !may("push.add")) return null;
  return (
    <>
      <button
        {...control("inbox.notify_closed")}
        type="button"
        className="button"
        aria-pressed={isTold}
        disabled={isBusy}
        onClick={() => void act(() => (isTold ? unsubscribe(client) : subscribe(client)))}
        title="Each ask that nobody answers at once, and each alert, is sent, encrypted for this browser alone, through its maker's push service"
      >
        <BellRing size={15} aria-hidden />
        {isTold ? "Notified when closed" : "Notify when closed"}
      </button>
      {problem !== undefined && <span role="alert">{problem}</span>}
    </>
  );
}
