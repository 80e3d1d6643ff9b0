import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { gitSha1, sha256 } from './hubServer.ts';

/** Writes files as Hugging Face's cache holds them: blobs by digest, snapshots of links to them, refs. */
export async function writeHubCache(
  cache: string,
  repository: string,
  content: {
    readonly commit: string;
    readonly files: Readonly<Record<string, Uint8Array>>;
    readonly ref?: string;
    /** As on Windows: copies in the place of links. */
    readonly copies?: boolean;
  },
): Promise<void> {
  const folder = join(cache, `models--${repository.replaceAll('/', '--')}`);
  for (const [path, bytes] of Object.entries(content.files)) {
    const link = join(folder, 'snapshots', content.commit, path);
    await mkdir(dirname(link), { recursive: true });
    if (content.copies === true) {
      await writeFile(link, bytes);
      continue;
    }
    const blob = join(folder, 'blobs', /\.(?:safetensors|bin)$/.test(path) ? sha256(bytes) : gitSha1(bytes));
    await mkdir(dirname(blob), { recursive: true });
    await writeFile(blob, bytes);
    await symlink(relative(dirname(link), blob), link);
  }
  if (content.ref === undefined) return;
  await mkdir(join(folder, 'refs'), { recursive: true });
  await writeFile(join(folder, 'refs', content.ref), content.commit);
}
