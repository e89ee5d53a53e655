/** The rest of the widget in one language, loaded when it is needed. */

import { define } from './element';
import { shell } from './shell';

window.kbAsk!.bridge!.shells[LANG] = shell;
define();
