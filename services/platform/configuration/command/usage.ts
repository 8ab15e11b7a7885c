/** What `--help` prints, before the settings of the environment. */
export const configUsage = `Usage: bun run config get [SERVICE [KEY]] [--json]
       bun run config set SERVICE KEY VALUE [--why TEXT] [--if-change N] [--json]
       bun run config unset SERVICE KEY [--why TEXT] [--if-change N] [--json]
       bun run config history [SERVICE [KEY]] [--json]

Settings that all instances of a service take over while they run. Works on the log alone (BROKERS, or DATA_DIR): no
service need run, but each must have started once, so that it is known what it can be told.

get      What there is and what it is set to. With KEY: all about one setting.
set      Changes a setting, in all instances, within about a second. A VALUE that does not fit is refused, and so is
         one for a setting that the environment of a live instance, or of this command, pins (CONFIG_…).
         --why TEXT      kept with the change, for who reads the history
         --if-change N   only if the setting's last change still is number N, as get shows it; 0: if there was none
unset    Back to the default; the same options.
history  Who changed what, when, from what to what, and why.
--json   the same as JSON; of set and unset: whether something was changed, and the last change

A VALUE is a text, a number, true, false or a JSON list, as the setting takes it. Secrets are not kept here: whoever may
read the log sees these values, and the history keeps them.

Exits with 0 when done, 1 where the change is refused, 2 for a command line or variable that can't be used, 3 where the log
can't be reached.
`;
