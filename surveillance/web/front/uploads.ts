// Dropping recordings on the page, and how much of them has crossed the wire.

const size = (bytes: number): string =>
  bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

function watch(form: HTMLFormElement): void {
  const input = form.querySelector<HTMLInputElement>('input[type="file"]');
  const zone = form.querySelector<HTMLElement>("[data-drop]");
  const list = form.querySelector<HTMLElement>("[data-files]");
  const bar = form.querySelector<HTMLProgressElement>("progress");
  if (!input || !zone || !list) return;
  const name = (): void => {
    list.replaceChildren(
      ...[...(input.files ?? [])].map((file) => {
        const item = document.createElement("li");
        item.textContent = `${file.name} · ${size(file.size)}`;
        return item;
      }),
    );
  };
  input.addEventListener("change", name);
  for (const kind of ["dragenter", "dragover"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer?.files.length) {
      input.files = event.dataTransfer.files;
      name();
    }
  });
  form.addEventListener("htmx:xhr:progress", (event) => {
    const { detail } = event as CustomEvent<{ loaded: number; total: number }>;
    if (!bar || !detail.total) return;
    bar.hidden = false;
    bar.value = detail.loaded / detail.total;
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    const { detail } = event as CustomEvent<{ successful: boolean; elt: Element }>;
    if (bar) bar.hidden = true;
    if (detail.successful && detail.elt === form) {
      input.value = "";
      name();
    }
  });
}

export function watchUploads(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-upload]")) watch(form);
}
