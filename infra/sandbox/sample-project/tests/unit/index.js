import { runFolder } from '../run-folder.js';

await runFolder(new URL('.', import.meta.url));
