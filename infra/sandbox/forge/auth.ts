import type { Request } from 'express';
import type { Forge } from './forge.ts';
import type { User } from './state.ts';

function presentedTokens(request: Request): string[] {
  const [scheme = '', credential = ''] = (request.get('authorization') ?? '').split(' ');
  switch (scheme.toLowerCase()) {
    case 'token':
    case 'bearer':
      return [credential];
    case 'basic': {
      const [login = '', ...password] = Buffer.from(credential, 'base64').toString().split(':');
      return [password.join(':'), login];
    }
    default: {
      const { token, access_token } = request.query;
      return [token, access_token].filter((value) => typeof value === 'string');
    }
  }
}

/** Who asks, by token as header, Basic user or password, or query: null is anonymous, `unknown` is a wrong token. */
export function signIn(forge: Forge, request: Request): User | null | 'unknown' {
  const tokens = presentedTokens(request).filter(
    (token) => token !== '' && token !== 'x-oauth-basic',
  );
  if (tokens.length === 0) return null;
  const user = forge.state.users.find(({ token }) => token !== null && tokens.includes(token));
  return user ?? 'unknown';
}
