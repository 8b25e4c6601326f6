// What every page carries: htmx, local times, the menu, keys, lists, uploads, the small player.
import htmx from "htmx.org";
import { watchKeys } from "./keys";
import { watchLists } from "./lists";
import { watchMenu } from "./menu";
import { watchSmallPlayer } from "./small_player";
import { watchTimes } from "./times";
import { watchUploads } from "./uploads";

declare global {
  interface Window {
    htmx: typeof htmx;
  }
}

window.htmx = htmx;

document.addEventListener("DOMContentLoaded", () => {
  watchTimes();
  watchMenu();
  watchKeys();
  watchLists();
  watchSmallPlayer();
  watchUploads();
});

// A fault's page is worth showing in place: without this htmx drops every answer that is not 2xx.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = event as CustomEvent<{ xhr: XMLHttpRequest; shouldSwap: boolean; isError: boolean }>;
  if (detail.xhr.status >= 400 && detail.xhr.status < 600 && detail.xhr.responseText) {
    detail.shouldSwap = true;
    detail.isError = false;
  }
});
document.addEventListener("htmx:sendError", () => {
  const place = document.getElementById("connection-lost");
  if (place) place.hidden = false;
});
document.addEventListener("htmx:afterRequest", (event) => {
  const { detail } = event as CustomEvent<{ successful: boolean }>;
  const place = document.getElementById("connection-lost");
  if (place && detail.successful) place.hidden = true;
});
