/** A process that imports what others published: `importChild.ts STORAGE TEXT [UNIT,...]`. Tests end it without warning. */
import { publishedJobs } from '../../src/engine/published/publishedJobs.ts';
import { createFolders } from '../../src/engine/records/folders.ts';

const [storage = '', text = '', units = ''] = process.argv.slice(2);
const folders = createFolders();
folders.set({ storage, workspace: null });
const query = { text, model: null, units: units === '' ? [] : units.split(','), records: false };
const job = { signal: new AbortController().signal, progress: () => {} };
await publishedJobs({ folders, version: '1.2.3' })['published/import'](query, job);
process.disconnect?.();
