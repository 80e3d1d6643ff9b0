/** Where the tests inside VS Code run: UNDERGLASS_HOST=electron | code-server | auto. */
export function wantedHost(): 'electron' | 'code-server' | 'auto' {
  const wanted = process.env['UNDERGLASS_HOST'] ?? 'auto';
  if (wanted === 'electron' || wanted === 'code-server' || wanted === 'auto') return wanted;
  throw new Error(`UNDERGLASS_HOST is "${wanted}"; it may be electron, code-server or auto.`);
}

/** True when the desktop VS Code is asked for, or not excluded and there is a display to show it on. */
export function mayUseDesktop(): boolean {
  const wanted = wantedHost();
  return wanted === 'electron' || (wanted === 'auto' && hasDisplay());
}

function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true;
  return process.env['DISPLAY'] !== undefined || process.env['WAYLAND_DISPLAY'] !== undefined;
}
