export const route = {
  method: 'GET',
  path: '/',
  handle({ revision, routes }) {
    return {
      status: 200,
      body: {
        service: 'notes',
        revision,
        routes: routes.map(({ method, path }) => `${method} ${path}`),
      },
    };
  },
};
