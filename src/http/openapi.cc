#include "src/http/openapi.h"

#include <algorithm>
#include <string>

#include "src/api/problem.h"
#include "src/api/version.h"
#include "src/base/embedded.h"

namespace jobgate {

extern const EmbeddedFile kOpenApiComponents[];

namespace {

Json Reference(std::string_view schema) {
  return {{"$ref", "#/components/schemas/" + std::string(schema)}};
}

Json PathParameters(std::string_view path) {
  Json list = Json::array();
  for (size_t at = path.find('{'); at != std::string_view::npos; at = path.find('{', at + 1)) {
    const std::string name(path.substr(at + 1, path.find('}', at) - at - 1));
    list.push_back({{"name", name},
                    {"in", "path"},
                    {"required", true},
                    {"description", name == "id" ? "A job's id, or any unique prefix of it"
                                                 : "The name of the " + name},
                    {"schema", {{"type", "string"}}}});
  }
  return list;
}

Json ParametersOf(const Route& route) {
  Json list = PathParameters(route.path);
  for (const QueryDoc& doc : route.operation.query) {
    Json schema = Json::parse(doc.schema);
    if (doc.repeats) schema = {{"type", "array"}, {"items", std::move(schema)}};
    list.push_back({{"name", doc.name},
                    {"in", "query"},
                    {"required", false},
                    {"description", doc.description},
                    {"schema", std::move(schema)}});
  }
  for (const HeaderDoc& doc : route.operation.headers)
    list.push_back({{"name", doc.name},
                    {"in", "header"},
                    {"required", true},
                    {"description", doc.description},
                    {"schema", {{"type", "string"}}}});
  return list;
}

Json ContentOf(const ReplyDoc& doc) {
  Json schema = doc.schema.empty() ? Json{{"type", "string"}} : Reference(doc.schema);
  Json content = Json::object();
  content[std::string(doc.content_type)] = {{"schema", std::move(schema)}};
  return content;
}

Json RepliesOf(const Operation& operation) {
  Json replies = Json::object();
  for (const ReplyDoc& doc : operation.replies) {
    Json& reply = replies[std::to_string(doc.status)];
    reply["description"] = doc.description;
    if (reply.contains("content"))
      reply["content"].update(ContentOf(doc));
    else
      reply["content"] = ContentOf(doc);
  }
  replies["default"] = {
      {"description", "What went wrong (RFC 9457)"},
      {"content", {{std::string(kProblemContentType), {{"schema", Reference("Problem")}}}}}};
  return replies;
}

Json OperationOf(const Route& route) {
  const Operation& operation = route.operation;
  Json json = Json::object();
  json["operationId"] = operation.id;
  json["summary"] = operation.summary;
  json["tags"] = {operation.tag};
  if (Json parameters = ParametersOf(route); !parameters.empty())
    json["parameters"] = std::move(parameters);
  if (!operation.body.empty())
    json["requestBody"] = {
        {"required", operation.body_required},
        {"content", {{"application/json", {{"schema", Reference(operation.body)}}}}}};
  json["responses"] = RepliesOf(operation);
  if (route.open) json["security"] = Json::array();
  if (route.proof)
    json["security"] = Json::array({{{std::string(route.proof->scheme), Json::array()}}});
  return json;
}

std::string LowerCase(std::string_view method) {
  std::string text(method);
  std::ranges::transform(text, text.begin(), [](char c) { return static_cast<char>(c | 0x20); });
  return text;
}

}  // namespace

Result<Json> OpenApiDocument(const RouteTable& routes) {
  auto components = ParseJson(kOpenApiComponents[0].content);
  if (!components) return Fail(Code::kInternal, components.error().message);
  Json document = Json::object();
  document["openapi"] = "3.0.3";
  document["info"] = {{"title", "jobgate"},
                      {"version", kVersion},
                      {"description",
                       "Runs the jobs of a small team and holds the risky ones at a gate until a "
                       "person has approved exactly what will run."}};
  document["components"] = *std::move(components);
  document["security"] = Json::array({{{"bearer", Json::array()}}});
  document["paths"] = Json::object();
  for (const Route& route : routes.routes())
    document["paths"][std::string(route.path)][LowerCase(route.method)] = OperationOf(route);
  return document;
}

}  // namespace jobgate
