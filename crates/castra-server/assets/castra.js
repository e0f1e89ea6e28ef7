// What pages do in the browser beyond htmx: times in the reader's own zone, copying commands, following a log, and one
// connection for events that sleeps while the page is not seen.
"use strict";

(() => {
  // ---- times -------------------------------------------------------------------------------------------------------
  const two = (number) => String(number).padStart(2, "0");

  function localise(root) {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
      const inLog = time.parentElement.classList.contains("line");
      const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
      const text = inLog ? `${clock}.${String(at.getMilliseconds()).padStart(3, "0")}` : `${day} ${clock}`;
      if (time.textContent !== text) time.textContent = text;
      time.title = time.dateTime;
    }
  }

  // A time that is typed is meant in the reader's zone unless another one is written down.
  for (const zone of document.querySelectorAll("input[data-zone]")) {
    if (!zone.value) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  }

  // ---- copying -----------------------------------------------------------------------------------------------------
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(button.previousElementSibling);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });

  // ---- asking before what cannot be undone ---------------------------------------------------------------------------
  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm;
    if (question && !confirm(question)) event.preventDefault();
  });

  // ---- choosing all rows of a list ----------------------------------------------------------------------------------
  document.addEventListener("change", (event) => {
    const all = event.target.closest("[data-all]");
    if (!all) return;
    for (const box of document.querySelectorAll(`input[name="${all.dataset.all}"]`)) box.checked = all.checked;
  });

  // ---- labels as chips ---------------------------------------------------------------------------------------------
  // What is typed becomes a chip by Enter or a comma. A chip that is unticked goes; Backspace unticks the last one.
  const isLabelField = (element) => element.matches("input[name='labels.these']");

  function toChips(field) {
    for (const label of field.value.split(",").map((text) => text.trim()).filter(Boolean)) {
      const chip = Object.assign(document.createElement("label"), { className: "chip" });
      const box = Object.assign(document.createElement("input"), { type: "checkbox", name: "labels.kept", value: label });
      box.checked = true;
      chip.append(box, Object.assign(document.createElement("span"), { textContent: label }));
      field.before(chip);
    }
    field.value = "";
  }

  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.isComposing || !isLabelField(field)) return;
    if ((event.key === "Enter" || event.key === ",") && field.value.trim()) {
      event.preventDefault();
      toChips(field);
    } else if (event.key === "Backspace" && !field.value) {
      field.previousElementSibling?.remove();
    } else {
      return;
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.name !== "labels.kept" || box.checked) return;
    const field = box.closest(".chips").querySelector("input[name='labels.these']");
    box.closest(".chip").remove();
    field.focus();
  });

  // ---- the log -----------------------------------------------------------------------------------------------------
  const MOST_LINES = 5000;
  const follows = () => document.getElementById("follow")?.checked;

  function toEnd(lines) {
    if (follows()) lines.scrollTop = lines.scrollHeight;
  }

  document.addEventListener("scroll", (event) => {
    const lines = event.target;
    const follow = document.getElementById("follow");
    if (lines.id !== "lines" || !follow) return;
    follow.checked = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 30;
  }, true);
  document.addEventListener("change", (event) => {
    const lines = document.getElementById("lines");
    if (event.target.id === "follow" && lines) toEnd(lines);
  });
  document.addEventListener("htmx:sseMessage", (event) => {
    const lines = event.target;
    if (lines.id !== "lines") return;
    for (let more = lines.childElementCount - MOST_LINES; more > 0; more -= 1) lines.firstElementChild.remove();
    localise(lines);
    toEnd(lines);
  });

  // ---- morphing ----------------------------------------------------------------------------------------------------
  // What the reader has unfolded stays so, and what is being filled in or was fetched into it is left alone.
  Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node.tagName === "DETAILS");
  Idiomorph.defaults.callbacks.beforeNodeMorphed = (node) =>
    !(node.nodeType === Node.ELEMENT_NODE && node.matches("details.keep[open], input:checked, input:focus"));
  document.addEventListener("htmx:afterSwap", (event) => localise(event.target.isConnected ? event.target : document));

  // ---- events ------------------------------------------------------------------------------------------------------
  // A browser grants six connections to a server. A page that is not seen gives its own back; when it is seen again, it
  // asks for what it has missed.
  class Events {
    #url; #listeners = []; #last = ""; #source = null;
    constructor(url) {
      this.#url = new URL(url, location.href);
      this.#open();
      document.addEventListener("visibilitychange", () => (document.hidden ? this.#sleep() : this.#wake()));
    }
    #open() {
      if (this.#last) this.#url.searchParams.set("last", this.#last);
      this.#source = new EventSource(this.#url);
      this.#source.onopen = (event) => this.onopen?.(event);
      this.#source.onerror = (event) => this.onerror?.(event);
      for (const [name, listener] of this.#listeners) this.#source.addEventListener(name, listener);
    }
    #sleep() { this.#source?.close(); this.#source = null; }
    #wake() {
      if (this.#source || this.closed) return;
      this.#open();
      for (const [name, listener] of this.#listeners) if (name === "changed") listener(new MessageEvent(name));
    }
    get readyState() { return this.#source?.readyState ?? EventSource.CONNECTING; }
    addEventListener(name, listener) {
      const noting = (event) => { this.#last = event.lastEventId || this.#last; listener(event); };
      this.#listeners.push([name, noting]);
      this.#source?.addEventListener(name, noting);
    }
    removeEventListener() {}
    close() { this.closed = true; this.#sleep(); }
  }
  htmx.createEventSource = (url) => new Events(url);

  localise(document);
  const lines = document.getElementById("lines");
  if (lines) toEnd(lines);
})();
