// A form is sent once, however often it is clicked. The server refuses the second one too; this spares the wait.
{
  const PATIENCE = 10_000; // ms; a file that was offered for download leaves the page as it was

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, PATIENCE);
  });

  // Back from the next page, the form may be sent again.
  addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
  });
}
