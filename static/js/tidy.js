// form[data-tidy]: a search sends only what was filled in, so that the address says what is looked for.
document.addEventListener("formdata", (event) => {
  if (!event.target.matches("[data-tidy]")) return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});
