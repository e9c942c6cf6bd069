#include "src/config/params_schema.h"

#include <utility>
#include <vector>

#include "src/config/json_schema.h"

namespace jobgate {
namespace {

constexpr size_t kParamsBytesMax = size_t{64} * 1024;

// `default` of each property that has one.
Json DefaultsOf(const Json& schema) {
  Json defaults = Json::object();
  const auto properties = schema.is_object() ? schema.find("properties") : schema.end();
  if (!schema.is_object() || properties == schema.end() || !properties->is_object())
    return defaults;
  for (const auto& [name, property] : properties->items())
    if (property.is_object() && property.contains("default"))
      defaults[name] = property.at("default");
  return defaults;
}

class CompiledParamsSchema final : public ParamsSchema {
 public:
  CompiledParamsSchema(std::shared_ptr<const JsonSchema> schema, Json defaults)
      : schema_(std::move(schema)), defaults_(std::move(defaults)) {}

  Json WithDefaults(Json params) const override {
    if (params.is_object())
      for (const auto& [name, value] : defaults_.items())
        if (!params.contains(name)) params[name] = value;
    return params;
  }

  Result<void> Check(const Json& params) const override {
    if (!params.is_object())
      return FailField("/params", "must be an object, is " + std::string(params.type_name()));
    if (IsDeeperThan(kJsonDepthMax, params))
      return FailField("/params",
                       "nested deeper than " + std::to_string(kJsonDepthMax) + " levels");
    if (Canonical(params).size() > kParamsBytesMax)
      return FailField("/params", "must be at most 64 KiB as JSON; put more into a file");
    std::vector<FieldError> problems = schema_->Check(params, "/params");
    if (problems.empty()) return {};
    Error error{Code::kInvalidArgument, problems.front().pointer + ": " + problems.front().detail};
    error.fields = std::move(problems);
    return Fail(std::move(error));
  }

 private:
  std::shared_ptr<const JsonSchema> schema_;
  Json defaults_;
};

}  // namespace

Result<std::shared_ptr<const ParamsSchema>> ParamsSchema::Compile(const Json& schema) {
  auto compiled = JsonSchema::Compile(schema);
  if (!compiled) return Fail(std::move(compiled).error());
  return std::make_shared<const CompiledParamsSchema>(std::move(*compiled), DefaultsOf(schema));
}

}  // namespace jobgate
