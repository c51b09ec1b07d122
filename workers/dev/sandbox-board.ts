import { z } from 'zod';
import { ROLES } from '../../workflows/domain/stages.ts';
import type { DevSecrets } from './secrets.ts';

const Me = z.object({ id: z.string() });
const ProjectPage = z.object({
  results: z.array(z.object({ id: z.string(), identifier: z.string() })),
});

/** Ids the sandbox board gave to its project and to our bots, read through its API. */
export async function readBoardIds(
  url: string,
  secrets: DevSecrets,
): Promise<{ boardProjectId: string; botIds: readonly string[] }> {
  const read = async (path: string, token: string): Promise<unknown> => {
    const answer = await fetch(`${url}/api/v1/${path}`, { headers: { 'X-API-Key': token } });
    if (!answer.ok) throw new Error(`the sandbox board answered ${answer.status} to ${path}`);
    return answer.json();
  };
  const bots = [...ROLES, 'stream'] as const;
  const botIds = await Promise.all(
    bots.map(async (bot) => Me.parse(await read('users/me/', secrets[bot])).id),
  );
  const { results } = ProjectPage.parse(await read('workspaces/acme/projects/', secrets.anna));
  const project = results.find(({ identifier }) => identifier === 'NOTE');
  if (!project) throw new Error('the sandbox board has no project NOTE');
  return { boardProjectId: project.id, botIds };
}
