// [data-guess=time-zone]: fills in the browser's time zone, where nothing was chosen yet.
for (const field of document.querySelectorAll("[data-guess=time-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = !field.options || [...field.options].some((option) => option.value === zone);
  if (zone && known) field.value = zone;
}
