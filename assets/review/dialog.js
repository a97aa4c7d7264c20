// Dialogs: the browser's own, so that focus stays inside, Escape closes, and focus comes back.

import { el } from "./dom.js";

export function openDialog(kind, heading, ...content) {
  const [bar, ...rest] = content[0]?.classList?.contains("verdicts") ? content : [null, ...content];
  const title = el("h2", { id: `${kind}-heading` }, heading);
  const dialog = el("dialog", { class: kind, "aria-labelledby": title.id, tabindex: "-1" }, el("header", {}, title, bar, el("button", { class: "quiet close", "aria-label": "Close", onclick: () => dialog.close() }, "\u00d7")), rest);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  dialog.focus();
  return dialog;
}

export const isOpen = () => document.querySelector("dialog[open]") !== null;
