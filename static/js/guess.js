// [data-guess=time-zone]: fills in the browser's time zone, unless the form has come back with what was chosen.
for (const field of document.querySelectorAll("[data-guess=time-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = !field.options || [...field.options].some((option) => option.value === zone);
  if (zone && known && !field.form.querySelector("[data-errors]")) field.value = zone;
}
