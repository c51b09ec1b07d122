import { resolve } from 'node:path';
import { z } from 'zod';
import type { Forge } from './forge.ts';
import { addHook } from './hooks.ts';
import { createRepository, findRepo } from './repositories.ts';
import { takeId, timestamp } from './state.ts';

const Seed = z.object({
  users: z
    .array(
      z.object({
        login: z.string().min(1),
        token: z.string().min(1),
        admin: z.boolean().default(false),
        readOnly: z.boolean().default(false),
      }),
    )
    .default([]),
  repos: z
    .array(
      z.object({
        owner: z.string().min(1),
        name: z.string().min(1),
        template: z.string().optional(),
      }),
    )
    .default([]),
  hooks: z
    .array(
      z.object({
        repo: z.string(),
        url: z.url(),
        secret: z.string().default(''),
        events: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});
type Seed = z.infer<typeof Seed>;

function seedUser(forge: Forge, { login, token, admin, readOnly }: Seed['users'][number]): void {
  const permission = admin ? 'admin' : readOnly ? 'read' : 'write';
  const known = forge.state.users.find((user) => user.login === login);
  if (known !== undefined) {
    Object.assign(known, { token, permission });
    return;
  }
  const id = takeId(forge.state, 'user');
  forge.state.users.push({ id, login, token, permission, createdAt: timestamp() });
}

async function seedRepo(forge: Forge, { owner, name, template }: Seed['repos'][number]) {
  if (findRepo(forge, owner, name) !== null) return;
  const first =
    template === undefined
      ? { kind: 'readme' as const }
      : { kind: 'template' as const, directory: resolve(template) };
  await createRepository(forge, { owner, name, first });
}

// A hook is known by where it sends: seeding again with another secret or other events changes it.
function seedHook(forge: Forge, { repo: slug, ...asked }: Seed['hooks'][number]): void {
  const [owner = '', name = ''] = slug.split('/');
  const repo = findRepo(forge, owner, name);
  if (repo === null) throw new Error(`The seed has a hook for ${slug}, which is not there`);
  const { hooks } = forge.state;
  const known = hooks.findIndex(({ repoId, url }) => repoId === repo.id && url === asked.url);
  if (known >= 0) hooks.splice(known, 1);
  addHook(forge, repo, { ...asked, branchFilter: '', authorizationHeader: '', active: true });
}

/** Takes the forge's section of the seed: users, repositories, hooks; seeding again changes nothing that is there. Throws ZodError on nonsense. */
export async function seedForge(forge: Forge, section: unknown): Promise<void> {
  const { users, repos, hooks } = Seed.parse(section);
  for (const user of users) seedUser(forge, user);
  for (const repo of repos) await seedRepo(forge, repo);
  for (const hook of hooks) seedHook(forge, hook);
  forge.store.save();
  forge.store.flush();
}
