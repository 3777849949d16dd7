// Comforts for pages that are complete without them.
"use strict";
