/** Imported into every command when the package is built: what the pre-commit hook loads where nothing has to be examined. */
import '../command.ts';
import '../effects/bypasses.ts';
import '../effects/green.ts';
import '../effects/index-listing.ts';
import '../effects/lint-staged.ts';
import '../effects/plain-index.ts';
import '../effects/repository.ts';
import '../rescue.ts';
