import assert from 'node:assert/strict';
import { join } from 'node:path';
import { storageFolder } from '../../../../src/runtime/files/storageFolder.ts';

describe('storage folder', () => {
  it("is the system's folder for caches, unless one is named", () => {
    assert.equal(storageFolder({ UNDERGLASS_STORAGE: '/a/b' }, 'linux'), '/a/b');
    assert.equal(storageFolder({ XDG_CACHE_HOME: '/c' }, 'linux'), join('/c', 'underglass'));
    assert.match(storageFolder({}, 'linux'), /\.cache.underglass$/);
    assert.match(storageFolder({}, 'darwin'), /Library.Caches.underglass$/);
    assert.equal(storageFolder({ LOCALAPPDATA: '/l' }, 'win32'), join('/l', 'underglass'));
  });
});
