import { sumUsage } from '../usage.ts';
import { formatSeconds } from './figures.ts';
import { linkTo, rich } from './html.ts';
import type { CommentTexts, LanguagePack, NoticeTexts } from './language-pack.ts';
import { factLine, fileList, paragraphs, usageLine } from './parts.ts';

const stages: LanguagePack['stages'] = {
  created: 'Создана',
  analysis: 'Анализ',
  architecture: 'Архитектура',
  development: 'Разработка',
  review: 'Ревью',
  testing: 'Тестирование',
  'deploy-staging': 'Стейджинг',
  deploy: 'Деплой',
  monitoring: 'Наблюдение',
  done: 'Готово',
  cancelled: 'Отменена',
  refused: 'Не принята',
  none: 'Нет',
};

const card: LanguagePack['card'] = {
  working: 'В работе',
  waiting: 'Ожидание',
  escalated: 'Нужен человек',
  done: 'Готово',
  cancelled: 'Отменена',
  refused: 'Не начата: входная проверка не пройдена',
  waitingOn: 'Ждёт',
  since: 'с',
  attempt: 'попытка',
  returned: 'Возвратов в разработку',
  in: 'вх.',
  cached: 'из кэша',
  out: 'исх.',
  total: 'Итого',
  wall: 'всего',
  agents: 'агенты',
  yours: 'ваше время',
  pull: 'Пулл-реквест',
  item: 'Задача',
  history: 'История',
  staging: 'Стейджинг',
  production: 'Прод',
};

const comments: CommentTexts = {
  'entry-check-failed': ({ problems }) =>
    rich`<p><strong>Задачу пока нельзя начать.</strong></p><ul>${problems.map((problem) => rich`<li>${problem}</li>`)}</ul><p>Исправьте и снова поставьте <code>To Analyse</code>.</p>`,
  'analyst-started': () => paragraphs(rich`Аналитик приступил к работе.`),
  'approval-call': ({ documents }, links) =>
    rich`<p><strong>Пакет документов ждёт вашего решения.</strong></p>${fileList(documents, links)}<p>Поставьте <code>Approved</code>, чтобы продолжить, или напишите в комментарии, что не так, и поставьте <code>Rejected</code>.</p>`,
  questions: ({ count }, links) =>
    paragraphs(
      rich`<strong>У аналитика есть вопросы (${count}).</strong> ${linkTo(links.item, 'Ответьте')} в комментарии к задаче и поставьте <code>To Analyse</code>.`,
    ),
  transition: ({ from, to, reason }) =>
    paragraphs(
      rich`${stages[from]} → <strong>${stages[to]}</strong>${reason === null ? '' : `: ${reason}`}`,
    ),
  returned: ({ from, to, reason, attempt, of, mustFix }, links) =>
    paragraphs(
      rich`<strong>Возврат: ${stages[from]} → ${stages[to]}</strong> (${attempt} из ${of}): ${reason}`,
      ...(mustFix === null
        ? []
        : [linkTo(mustFix.url ?? links.document(mustFix.documentId), 'Полный отчёт')]),
    ),
  'role-finished': ({ run, documents }, links) =>
    rich`${paragraphs(
      rich`<strong>${stages[run.stage]}</strong> (${run.role}): ${run.end}, ${formatSeconds(run.seconds, 'ru')}`,
      run.usage === null
        ? rich`Расход не сообщён.`
        : rich`${usageLine(sumUsage([run.usage]), 'ru', card)} · ${factLine([run.usage.model, run.usage.effort])}`,
    )}${fileList(documents, links)}`,
  'confirm-call': ({ sealedSha, stagingUrl }, links) =>
    paragraphs(
      rich`<strong>Готово к выкладке в прод:</strong> ${linkTo(links.commit(sealedSha), sealedSha.slice(0, 10))}${stagingUrl === null ? '' : rich`, работает на ${linkTo(stagingUrl, 'стейджинге')}`}.`,
      rich`Поставьте <code>Confirm Deploy</code>, чтобы выложить именно это, или <code>STOP</code>.`,
    ),
  'gesture-ignored': ({ gesture, because }) =>
    paragraphs(rich`<code>${gesture}</code> не подействовал: ${because}.`),
  'status-restored': ({ found, use }) =>
    paragraphs(
      rich`<code>${found}</code> — не жест, статус возвращён. Сейчас подходит жест: <code>${use}</code>.`,
    ),
  automatic: ({ what, because }) =>
    paragraphs(
      rich`<strong>${what === 'approval' ? 'Одобрено' : 'Деплой подтверждён'} автоматически:</strong> ${because}.`,
    ),
  'stop-deferred': () =>
    paragraphs(
      rich`<code>STOP</code> принят, но прод сейчас меняется. Если всё пройдёт хорошо, задача будет завершена, если нет — отменена после отката.`,
    ),
  'stop-too-late': () =>
    paragraphs(
      rich`<code>STOP</code> пришёл слишком поздно: работа уже в проде и в main. Прервано только наблюдение; чтобы вернуть всё назад, заведите новую задачу.`,
    ),
  stopped: ({ sha }, links) =>
    paragraphs(
      rich`<strong>Остановлено.</strong> ${sha === null ? 'Сохранять было нечего.' : rich`Работа сохранена как ${linkTo(links.commit(sha), sha.slice(0, 10))}.`}`,
      rich`Поставьте <code>To Analyse</code>, чтобы начать с нуля.`,
    ),
  held: ({ subject, reason }) =>
    paragraphs(rich`<strong>Приостановлено</strong> (${subject}): ${reason}`),
  escalated: ({ stage, reason }) =>
    paragraphs(
      rich`<strong>Нужен человек.</strong> ${stages[stage]}: ${reason}`,
      rich`Поставьте <code>To Analyse</code>, чтобы повторить этот этап с новыми лимитами.`,
    ),
  summary: ({ landedSha, usage, seconds, humanSeconds, returns }, links) =>
    paragraphs(
      rich`<strong>Готово.</strong>${landedSha === null ? '' : rich` В main как ${linkTo(links.commit(landedSha), landedSha.slice(0, 10))}.`}`,
      rich`${usageLine(sumUsage([usage]), 'ru', card)}`,
      rich`${formatSeconds(seconds, 'ru')} всего, из них ваши — ${formatSeconds(humanSeconds, 'ru')}; возвратов: ${returns}.`,
    ),
};

const notices: NoticeTexts = {
  'approval-wanted': () =>
    rich`Пакет документов ждёт вашего решения: поставьте <code>Approved</code> или <code>Rejected</code>.`,
  'answers-wanted': ({ count }) =>
    rich`У аналитика есть вопросы (${count}): ответьте в комментариях и поставьте <code>To Analyse</code>.`,
  'confirmation-wanted': ({ sealedSha }) =>
    rich`Готово к выкладке в прод: <code>${sealedSha.slice(0, 10)}</code>. Поставьте <code>Confirm Deploy</code>.`,
  returned: ({ from, reason }) => rich`Возврат с этапа «${stages[from]}»: ${reason}`,
  automatic: ({ what }) =>
    rich`${what === 'approval' ? 'Одобрено' : 'Деплой подтверждён'} автоматически.`,
  held: ({ subject, reason }) => rich`Приостановлено (${subject}): ${reason}`,
  escalated: ({ stage, reason }) => rich`Нужен человек. ${stages[stage]}: ${reason}`,
  stopped: () => rich`Остановлено. Работа сохранена.`,
  leaked: ({ role }) =>
    rich`В том, что оставил агент (${role}), найден секрет. Ничего из этого не сохранено; смотрите журнал запуска.`,
  'deploy-failed': ({ status, reason }) => rich`Деплой не удался (${status}): ${reason}`,
};

/** Russian. */
export const ru: LanguagePack = {
  stages,
  waits: {
    approval: 'вашего одобрения',
    answers: 'ваших ответов',
    confirmation: 'вашего подтверждения деплоя',
    revival: 'человека, который её оживит',
    lane: 'своей очереди в репозитории',
    'staging-slot': 'слота стейджинга',
    'production-slot': 'слота прода',
    'agent-slot': 'слота агента',
    'provider-limit': 'снятия лимита провайдера модели',
    'agent-retry': 'следующей попытки агента',
    budget: 'денег',
    host: 'своего хоста',
    ci: 'CI',
    mergeable: 'проверки конфликтов пулл-реквеста',
    infra: 'инфраструктуру',
  },
  card,
  comments,
  notices,
};
