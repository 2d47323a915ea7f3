// How a checkout starts: its sources by tsx. A file of its own, because an old Node cannot even read an import().

/** Loads the command line. Rejects with what could not be loaded. */
exports.runSources = async () => {
  const { register } = await import('tsx/esm/api');
  register();
  await import('../scripts/cli.ts');
};
