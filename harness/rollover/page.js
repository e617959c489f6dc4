const find = document.getElementById("find");
if (find) find.addEventListener("input", () => {
  const wanted = find.value.trim().toLowerCase();
  for (const row of document.querySelectorAll(".found tr")) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  for (const details of document.querySelectorAll("details")) details.open = wanted !== "" || details.open;
});
