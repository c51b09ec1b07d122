import type { MustFixRef } from '../../workflows/domain/outcome.ts';
import type { RunKey } from '../../workflows/domain/runs.ts';
import type { TaskRef } from '../../workflows/domain/task-state.ts';
import { documentIdOf } from '../documents.ts';
import type { HostCall } from '../host-ports.ts';

/** Keeps the text a producer must act on, once a run, and answers where. */
export async function saveMustFix(
  call: HostCall,
  { task, key }: { task: TaskRef; key: RunKey },
  document: { name: string; body: string },
): Promise<MustFixRef> {
  const id = documentIdOf(key, document.name);
  await call.ports.documents.save({ id, taskId: task.id, life: task.life, ...document });
  return { documentId: id, url: null };
}
