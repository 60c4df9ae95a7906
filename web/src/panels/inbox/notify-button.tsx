import { Bell } from "lucide-react";
import { useState } from "react";

/** Asks once for leave to notify; afterwards the browser's own settings hold, and there is nothing to press. */
export function NotifyButton() {
  const [permission, setPermission] = useState(() => ("Notification" in window ? Notification.permission : "denied"));
  if (permission !== "default") return null;
  const request = () => void Notification.requestPermission().then(setPermission);
  return (
    <button type="button" className="button" onClick={request} title="A desktop notification for each new ask while this page is hidden">
      <Bell size={15} aria-hidden />
      Notify me
    </button>
  );
}
