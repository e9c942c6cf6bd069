// Fills in what a document leaves out, from the `default` keywords of its JSON Schema: the one
// place where defaults are written down.
#pragma once
#include "src/base/json.h"

namespace jobgate {

// `value` is valid by `schema`. Follows properties, patternProperties, items and references to
// the schema's own definitions.
Json WithDefaults(const Json& schema, Json value);

}  // namespace jobgate
