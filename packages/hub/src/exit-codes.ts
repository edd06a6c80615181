/**
 * Exit code of a process that does not start, for a reason that somebody has to mend: settings, credentials, a server
 * too old (EX_CONFIG of sysexits.h). Everything else that ends one is worth another try.
 */
export const REFUSED_EXIT_CODE = 78
