export const route = {
  method: 'GET',
  path: '/version',
  handle: ({ revision }) => ({ status: 200, body: { revision } }),
};
