/** A process that adds what it is told to: `hubChild.ts STORAGE TEXT`. Tests end it without warning. */
import { createFolders } from '../../src/engine/records/folders.ts';
import { hubJobs } from '../../src/engine/hub/hubJobs.ts';

const [storage = '', text = ''] = process.argv.slice(2);
const folders = createFolders();
folders.set({ storage, workspace: null });
const handlers = hubJobs({ folders, version: '1.2.3' });
const job = {
  signal: new AbortController().signal,
  progress: ({ message }: { readonly message: string }) => void process.send?.(message),
};
const { id } = await handlers['hub/add']({ text, model: null }, job);
process.send?.(`done ${id}`);
process.disconnect?.();
