// [data-dismiss]: takes away the message or notice around it. Hidden without script: it could do nothing.
{
  const reveal = () => {
    for (const button of document.querySelectorAll("[data-dismiss][hidden]")) button.hidden = false;
  };
  reveal();
  document.addEventListener("fragment", reveal);
  document.addEventListener("htmx:load", reveal);

  document.addEventListener("click", (event) => {
    event.target.closest("[data-dismiss]")?.closest(".toast, .notice")?.remove();
  });
}
