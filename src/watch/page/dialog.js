// The questions before something is changed: who, why, and the token.

const FOR = [
  [900, '15 minutes'],
  [1_800, '30 minutes'],
  [3_600, '1 hour'],
  [7_200, '2 hours'],
  [14_400, '4 hours'],
  [28_800, '8 hours'],
];

function field(label, input) {
  return make('label', { class: 'field' }, make('span', {}, label), input);
}

/** Asks, sends, and stays open with the reason where it was refused. `send` gets the form's values and returns what is said at the end. */
function openDialog(title, note, fields, verb, send) {
  const name = make('input', {
    name: 'by',
    required: '',
    autocomplete: 'off',
    maxlength: '100',
    value: sessionStorage.getItem(NAME) ?? '',
  });
  const token = make('input', {
    name: 'token',
    type: 'password',
    required: '',
    autocomplete: 'off',
    value: sessionStorage.getItem(TOKEN) ?? '',
  });
  const problem = make('p', { class: 'problem', role: 'alert' });
  const go = make('button', { type: 'submit', class: 'primary' }, verb);
  const cancel = make('button', { type: 'button' }, 'Cancel');
  const explained = make('p', { id: 'dialog-note' }, note);
  const form = make(
    'form',
    {},
    make('h2', { id: 'dialog-title' }, title),
    explained,
    ...fields,
    field('Your name', name),
    field('Token', token),
    problem,
    make('div', { class: 'buttons' }, go, cancel),
  );
  const dialog = make('dialog', { 'aria-labelledby': 'dialog-title', 'aria-describedby': 'dialog-note' }, form);
  cancel.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (go.disabled) return;
    go.disabled = true;
    tell(problem, '');
    try {
      const values = Object.fromEntries(new FormData(form));
      const said = await send(values);
      sessionStorage.setItem(NAME, values.by);
      dialog.close();
      announce(said);
      look();
    } catch (error) {
      tell(problem, `Not done: ${error.message}.`);
    } finally {
      go.disabled = false;
    }
  });
  document.body.append(dialog);
  dialog.showModal();
}

function openAcknowledge(incident) {
  const note = `${incident.kind} (${incident.id}). No more reminders of it. It stays open until it is over; a worse kind calls again.`;
  openDialog('Acknowledge the incident', note, [], 'Acknowledge', async ({ by, token }) => {
    await order('POST', 'api/v1/acknowledge', { incident: incident.id, by }, token);
    return `acknowledged: ${incident.id}`;
  });
}

function openMaintenance(view) {
  const options = FOR.map(([seconds, label]) => make('option', { value: seconds, ...(seconds === 1_800 ? { selected: '' } : {}) }, label));
  const fields = [
    field('For', make('select', { name: 'for_s' }, ...options)),
    field('Reason', make('input', { name: 'reason', required: '', maxlength: '200', autocomplete: 'off' })),
  ];
  const note = `Nobody is called for ${view.group} (cluster ${view.cluster}) until it ends, by itself or by you. ${NEVER_COVERED}`;
  openDialog('Start maintenance', note, fields, 'Start maintenance', async ({ for_s, reason, by, token }) => {
    const body = { cluster: view.cluster, group: view.group, for_s: Number(for_s), reason, by };
    await order('POST', 'api/v1/maintenance', body, token);
    return `maintenance of ${view.group} began`;
  });
}

function openMaintenanceEnd(maintenance) {
  const { cluster, group } = maintenance;
  const note = `What is wrong with ${group} calls again, at once.`;
  openDialog('End maintenance', note, [], 'End maintenance', async ({ token }) => {
    await order('DELETE', 'api/v1/maintenance', { cluster, group }, token);
    return `maintenance of ${group} ended`;
  });
}
