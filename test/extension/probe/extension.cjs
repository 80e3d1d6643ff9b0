/** The smallest extension that uses what the test host must be able to drive. */
const vscode = require('vscode');
const { spawn } = require('node:child_process');

exports.activate = (context) => {
  const provideHover = (document, position) => {
    const word = document.getText(document.getWordRangeAtPosition(position));
    return new vscode.Hover(`the word ${word}`);
  };
  context.subscriptions.push(
    vscode.commands.registerCommand('probe.panel', openPanel),
    vscode.commands.registerCommand('probe.callOut', callOut),
    vscode.languages.registerHoverProvider({ pattern: '**/*.probe' }, { provideHover }),
  );
};

function openPanel() {
  const column = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
  const panel = vscode.window.createWebviewPanel('probe', 'Probe Panel', column, {});
  panel.webview.html = '<!doctype html><body><p id="probe">a page in a panel</p></body>';
}

/** Reaches for another machine from the extension host and from a child of it; the names cannot exist. */
function callOut() {
  fetch('http://host.invalid/').catch(() => undefined);
  spawn(process.execPath, ['-e', "fetch('http://child.invalid/').catch(() => undefined)"], {
    env: process.env,
  });
}
