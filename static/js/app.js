// What every page does when JavaScript is there. Without it everything still works.
import { initAll } from "../vendor/govuk-frontend.min.js";

initAll();

// Filters start closed on small screens.
if (matchMedia("(max-width: 55.99em)").matches) {
  document.querySelectorAll(".tr-fdet").forEach((details) => details.removeAttribute("open"));
}
