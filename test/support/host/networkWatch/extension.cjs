/** Loaded beside Underglass in tests: watches the extension host's own process and, by NODE_OPTIONS, those that it starts. */
const path = require('node:path');

// VS Code clears NODE_OPTIONS before it starts an extension host, so that this is the way in.
exports.activate = () => {
  const watch = path.join(__dirname, 'watch.cjs');
  require(watch);
  process.env.NODE_OPTIONS = `--require=${JSON.stringify(watch)}`;
};
