/**
 * Turns the page dark or light; at first it is as the system is.
 *
 * @param button - Says what a click gives.
 */
export function themeButton(button: HTMLButtonElement): void {
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const isDark = (): boolean => (root.dataset["theme"] ?? (prefersDark.matches ? "dark" : "light")) === "dark";
  const name = (): void => {
    const other = isDark() ? "Light" : "Dark";
    button.textContent = other;
    button.setAttribute("aria-label", `${other} colours`);
  };
  button.addEventListener("click", () => {
    root.dataset["theme"] = isDark() ? "light" : "dark";
    name();
  });
  prefersDark.addEventListener("change", name);
  name();
}
