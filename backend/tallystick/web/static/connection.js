// Says so while the browser is offline or the service does not answer, and takes it back by itself.
const AGAIN_MS = 4000;
const notice = document.getElementById("connection");
let asking = 0;

export function heard(answered) {
  const silent = !answered || !navigator.onLine;
  notice.hidden = !silent;
  if (silent) asking ||= setInterval(again, AGAIN_MS);
  else asking = clearInterval(asking) ?? 0;
}

const again = () => fetch("/healthz", { cache: "no-store" }).then(({ ok }) => heard(ok), () => {});

addEventListener("offline", () => heard(false));
addEventListener("online", again);
if (!navigator.onLine) heard(false);
