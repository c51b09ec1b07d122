export const route = {
  method: 'GET',
  path: '/health',
  handle: () => ({ status: 200, body: { status: 'ok' } }),
};
