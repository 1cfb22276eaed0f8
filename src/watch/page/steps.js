// What to do next about a group: commands, the runbook, and maintenance.

class Steps {
  constructor() {
    this.commands = make('ul', { class: 'commands', 'aria-label': 'Commands to run next' });
    this.runbook = make('a', { rel: 'noreferrer', target: '_blank' }, 'Runbook');
    this.told = make('p');
    this.start = make('button', { type: 'button' }, 'Start maintenance…');
    this.end = make('button', { type: 'button' }, 'End maintenance…');
    this.start.addEventListener('click', () => openMaintenance(this.entry.view));
    this.end.addEventListener('click', () => openMaintenanceEnd(this.entry.maintenance));
    this.maintenance = make('div', { class: 'maintenance' }, this.told, this.start, this.end, this.runbook);
    this.root = make('div', {}, this.commands, this.maintenance);
  }

  update(entry) {
    this.entry = entry;
    const commands = entry.commands ?? [];
    keep(
      this.commands,
      commands,
      (command) => command,
      commandLine,
      () => {},
    );
    show(this.commands, commands.length > 0);
    const link = webAddress(entry.runbook);
    mark(this.runbook, 'href', link);
    show(this.runbook, link !== null);
    this.tellMaintenance(entry.maintenance ?? null);
  }

  tellMaintenance(maintenance) {
    show(this.told, maintenance !== null);
    show(this.end, maintenance !== null);
    mark(this.maintenance, 'data-on', maintenance === null ? null : '');
    if (maintenance !== null) tell(this.told, `${maintenanceText(maintenance)}. ${NEVER_COVERED}`);
  }
}

function maintenanceText({ until, by, reason }) {
  return `Maintenance until ${clockTime(until, serverNow()) ?? NOT_KNOWN} by ${by}: ${reason}`;
}

/** Only an address of the web is a link: another scheme could run a program. */
function webAddress(text) {
  return typeof text === 'string' && /^https?:\/\//i.test(text) ? text : null;
}
