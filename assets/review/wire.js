// Requests to the page's own server. A change carries the session's token; an error becomes a sentence.

export const page = document.body.dataset;
const base = `/api/titles/${encodeURIComponent(page.title)}`;

async function answered(request) {
  let response;
  try {
    response = await request;
  } catch {
    throw new Error("The server cannot be reached. Nothing was changed.");
  }
  if (response.status === 401) location.assign(`/enter?back=${encodeURIComponent(location.pathname + location.hash)}`);
  if (response.ok) return response.json();
  const told = await response.json().catch(() => ({}));
  throw new Error(told.detail ?? `The server answered ${response.status}.`);
}

export function ask(path, question = {}) {
  const words = new URLSearchParams(question).toString();
  return answered(fetch(`${base}${path}${words ? `?${words}` : ""}`, { credentials: "include", headers: { accept: "application/json" } }));
}

export function tell(path, content) {
  const headers = { "content-type": "application/json", "x-csrf-token": page.token, accept: "application/json" };
  return answered(fetch(`${base}${path}`, { method: "POST", credentials: "include", headers, body: JSON.stringify(content ?? {}) }));
}

export const listen = (since) => new EventSource(`${base}/events?since=${since}`);
export const pictureOf = (still, width) => `/pictures/${width}/${still}`;
export const fullOf = (frame) => `/frames/${encodeURIComponent(page.title)}/${encodeURIComponent(frame)}/full.jpg`;
export const saliencyOf = (frame) => `/frames/${encodeURIComponent(page.title)}/${encodeURIComponent(frame)}/saliency.png`;
export const glimpseOf = (instant) => `${base}/glimpse.jpg?${new URLSearchParams({ pts: instant.pts, time_base: instant.time_base })}`;

export function proofOf(frame, canvas, width, focus, locale = "") {
  const question = new URLSearchParams({ width, ...(locale ? { locale } : {}), ...(focus ? { x: focus[0], y: focus[1] } : {}) });
  return `/proofs/${encodeURIComponent(page.title)}/${encodeURIComponent(frame)}/${encodeURIComponent(canvas)}.jpg?${question}`;
}
