/** Where people log in and out with a browser. The issuer must know the second and the last as places to lead back to. */
export const loginPaths = {
  login: '/ui/login',
  callback: '/ui/login/callback',
  logout: '/ui/logout',
  loggedOut: '/ui/logged-out',
} as const;
