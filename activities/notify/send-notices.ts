import { mayHaveArrived } from '../clients/telegram/client.ts';
import { callTimeMs } from './chat-port.ts';
import type { ChatPorts } from './chat-port.ts';
import { postText } from './post-text.ts';

const MAX_A_BATCH = 20;

/**
 * Sends the project's claimed notices, oldest first, until none is left or the chat fails; what stays is sent by the next batch of
 * any of its tasks. Never throws for the chat; false = it failed or time ran out. One cut off between the chat's acceptance and our
 * note of it is sent once more: a doubled message is better than a lost one, and there is no third.
 */
export async function sendNotices(
  ports: ChatPorts,
  { project, sender }: { project: string; sender: string },
): Promise<boolean> {
  for (let sent = 0; sent < MAX_A_BATCH; sent += 1) {
    if (callTimeMs(ports) === null) return false;
    const notice = await ports.ledger.takeNotice(project, sender);
    if (notice === null) return true;
    try {
      await postText(ports, notice.body, (text) => ports.chat.send(text, { silent: false }));
    } catch (error) {
      const outcome = mayHaveArrived(error) ? 'doubtful' : 'unsent';
      await ports.ledger.settleNotice(notice, outcome);
      ports.log.warn(
        { taskId: notice.taskId, key: notice.key, outcome, err: error },
        'a notice was not sent',
      );
      ports.failed('notice');
      return false;
    }
    await ports.ledger.settleNotice(notice, 'sent');
  }
  return true;
}
