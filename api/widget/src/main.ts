/** The rest of the widget, loaded when it is needed. */

import { KbAsk } from './element';

customElements.get('kb-ask') ?? customElements.define('kb-ask', KbAsk);
