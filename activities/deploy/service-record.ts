import { z } from 'zod';

/** What a service's supervisor writes about itself, anew at every start of the service. */
export const ServiceRecord = z.object({
  /** the supervisor, leader of the service's process group */
  pid: z.number(),
  /** start time of that process: a pid alone may be somebody else's by now */
  startTicks: z.string(),
  servicePid: z.number().nullable(),
  digest: z.string(),
  revision: z.string(),
  restarts: z.number(),
});
export type ServiceRecord = z.infer<typeof ServiceRecord>;
