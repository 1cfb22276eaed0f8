// Commands to run next, copied with a click.

function commandLine(command) {
  const code = make('code', {}, command);
  const copy = make('button', { type: 'button', class: 'small', 'aria-label': `Copy: ${command}` }, 'copy');
  copy.addEventListener('click', () => copyText(code, copy));
  return make('li', { class: 'command' }, code, copy);
}

/** Without a secure connection a page may not write the clipboard: then the command is selected. */
async function copyText(code, button) {
  let said = 'copied';
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    getSelection().selectAllChildren(code);
    said = document.execCommand('copy') ? 'copied' : 'selected: Ctrl+C';
  }
  tell(button, said);
  announce(said);
  setTimeout(() => tell(button, 'copy'), 2_000);
}
