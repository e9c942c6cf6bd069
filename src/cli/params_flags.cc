#include "src/cli/params_flags.h"

#include <istream>
#include <iterator>
#include <set>
#include <string>

#include "src/cli/params.h"
#include "src/cli/view/fields.h"

namespace jobgate {
namespace {

constexpr size_t kParamsBytesMax = 1u << 20;  // the daemon's limit for a body

Result<Json> WholeParams(Session& session, const std::string& given) {
  if (given == "-") {
    const std::string text(std::istreambuf_iterator<char>(session.world().in), {});
    return ParseParams(text, "--params -");
  }
  if (!given.starts_with('@')) return ParseParams(given, "--params");
  auto text = session.world().files.ReadFile(given.substr(1), kParamsBytesMax);
  if (!text) return Fail(Code::kInvalidArgument, "--params: " + text.error().message);
  return ParseParams(*text, given.substr(1));
}

// An entrypoint that is not declared has no schema; the daemon says so when it is submitted.
Result<Json> SchemaOf(const ApiClient& api, const std::string& entrypoint) {
  auto answer = api.Get("/api/v1/entrypoints");
  if (!answer) return tl::unexpected<Error>(answer.error());
  for (const Json& declared : ListAt(answer->body, "entrypoints"))
    if (TextAt(declared, "name") == entrypoint) return At(declared, "params");
  return Json();
}

}  // namespace

void DeclareParams(CommandBuilder& command, ParamsFlags& flags) {
  command
      .Texts("-p,--param", "NAME=VALUE", flags.assignments,
             "One param, typed as the entrypoint declares it; repeatable")
      .Text("--params", "JSON|@FILE|-", flags.params,
            "All params as a JSON object, from a file, or from stdin");
}

Result<Json> ReadParams(Session& session, const ApiClient& api, const std::string& entrypoint,
                        const ParamsFlags& flags, Json base) {
  auto params = flags.params ? WholeParams(session, *flags.params) : Result<Json>(std::move(base));
  if (!params || flags.assignments.empty()) return params;
  auto schema = SchemaOf(api, entrypoint);
  if (!schema) return schema;
  std::set<std::string> names;
  for (const std::string& assignment : flags.assignments) {
    const std::string name = assignment.substr(0, assignment.find('='));
    if (!names.insert(name).second)
      return FailField("/params/" + PointerToken(name), "given twice by -p");
    JOBGATE_TRY(SetParam(*params, assignment, *schema));
  }
  return params;
}

}  // namespace jobgate
