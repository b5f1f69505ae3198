// <button data-copies="id">: puts the text of that field on the clipboard. Where there is no clipboard, no button.
{
  if (navigator.clipboard) {
    for (const button of document.querySelectorAll("[data-copies]")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        const field = document.getElementById(button.dataset.copies);
        field.select();
        await navigator.clipboard.writeText(field.value);
        button.textContent = "Copied";
      });
    }
  }
}
