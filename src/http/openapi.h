// /openapi.json (OpenAPI 3.0.3): paths from the route table, schemas from openapi_components.json.
#pragma once
#include "src/base/json.h"
#include "src/http/route_table.h"

namespace jobgate {

// Errors: kInternal where the embedded schemas are no JSON.
Result<Json> OpenApiDocument(const RouteTable& routes);

}  // namespace jobgate
