import { join } from 'node:path';
import { z } from 'zod';
import { Faults } from '../kit/faults.ts';
import { serveProgram } from '../kit/serve-program.ts';
import { StateFile } from '../kit/state-file.ts';
import { mountBotApi } from './bot-api.ts';
import { mountPages } from './pages.ts';
import { EMPTY_CHATS } from './records.ts';
import { seedChats } from './seed.ts';

const Clock = z.object({ advanceMs: z.number() });

await serveProgram({
  name: 'chat',
  defaultPort: 3500,
  create: ({ dataDir }) => {
    const file = new StateFile(join(dataDir, 'state.json'), structuredClone(EMPTY_CHATS));
    const chats = file.state;
    const save = () => {
      file.save();
    };
    return {
      faults: new Faults(),
      state: () => chats,
      seed: (section) => {
        seedChats(chats, section);
        save();
      },
      actions: {
        clock: (body) => {
          chats.clockOffsetMs += Clock.parse(body).advanceMs;
          save();
          return { clockOffsetMs: chats.clockOffsetMs };
        },
      },
      mount: (app) => {
        mountBotApi(app, { chats, save });
        mountPages(app, chats);
      },
      close: () => {
        file.flush();
      },
    };
  },
});
