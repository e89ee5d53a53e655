// The answer page, the page of a person: everything on them works without this file.
"use strict";
(() => {
  const page = document.querySelector("[data-failed]");
  if (!page) return;
  const side = document.querySelector(".evidence");
  let lit = [];

  // What proves what: a piece of the answer lights up with its sources, a source with its pieces.
  const numbers = (element) => element?.dataset.n?.split(" ") ?? [];
  function light(element) {
    const wanted = numbers(element);
    for (const other of lit) other.classList.remove("lit");
    lit = wanted.length ? [...page.querySelectorAll("[data-n]")].filter((each) => numbers(each).some((n) => wanted.includes(n))) : [];
    for (const other of lit) other.classList.add("lit");
    const card = lit.find((each) => each.matches(".source"));
    if (card && side && !side.contains(element)) uncover(card.getBoundingClientRect(), side.getBoundingClientRect());
  }
  // Sources that are longer than the window scroll by themselves; the page stays where it is.
  function uncover(card, frame) {
    if (card.top < frame.top || card.height > frame.height) side.scrollTop += card.top - frame.top;
    else if (card.bottom > frame.bottom) side.scrollTop += card.bottom - frame.bottom;
  }
  const place = (event) => event.target.closest?.("[data-n]");
  page.addEventListener("pointerover", (event) => event.pointerType !== "touch" && light(place(event)));
  page.addEventListener("pointerleave", () => light(null));
  page.addEventListener("focusin", (event) => light(place(event)));
  page.addEventListener("focusout", (event) => !event.relatedTarget?.closest("[data-n]") && light(null));

  // A number leads to its quote: show all of it. The way to a person opens the form.
  page.addEventListener("click", (event) => {
    const target = event.target.closest("a[href^='#']")?.hash.slice(1);
    const fold = target && document.getElementById(decodeURIComponent(target))?.querySelector("details");
    if (fold) fold.open = true;
  });
  addEventListener("beforeprint", () => page.querySelectorAll(".sources details").forEach((fold) => (fold.open = true)));

  page.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.copy) copy(button);
    if (button && "print" in button.dataset) print();
  });

  async function copy(button) {
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without a secure context there is no clipboard but this one.
      const area = document.createElement("textarea");
      area.value = text;
      button.after(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    const words = button.lastElementChild;
    const before = words.textContent;
    if (before === button.dataset.done) return;
    words.textContent = button.dataset.done;
    setTimeout(() => (words.textContent = before), 2000);
  }

  // Forms that stay on the page: sent as they are, and the section of the page that answers them is put in place.
  page.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-in-place]");
    if (!form) return;
    event.preventDefault();
    const id = form.dataset.inPlace;
    const section = document.getElementById(id);
    if (section.ariaBusy === "true") return;
    const body = new URLSearchParams(new FormData(form, event.submitter));
    section.ariaBusy = "true";
    try {
      const response = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
      const answer = new DOMParser().parseFromString(await response.text(), "text/html");
      const next = answer.getElementById(id);
      if (!next) return tell(section, answer.querySelector(".lead")?.textContent);
      section.replaceWith(document.adoptNode(next));
      (next.querySelector("[aria-invalid]") ?? next).focus({ preventScroll: next.getBoundingClientRect().top >= 0 });
    } catch {
      tell(section, "");
    }
  });

  function tell(section, text) {
    section.ariaBusy = null;
    section.querySelector(".told").textContent = text || page.dataset.failed;
  }
})();
