// Partial updates of the owner pages: everything on them works without this file.
"use strict";
