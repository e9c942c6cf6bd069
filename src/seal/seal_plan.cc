#include "src/seal/seal_plan.h"

#include <exception>

#include "src/base/json.h"

namespace jobgate {

std::string ToText(const SealPlan& plan) {
  return Canonical({{"folder", plan.order.folder},
                    {"source", plan.order.source},
                    {"commit", plan.order.commit},
                    {"files", plan.order.files},
                    {"cwd", plan.cwd}});
}

Result<SealPlan> SealPlanFrom(std::string_view text) {
  auto json = ParseJson(text);
  if (!json) return Fail(std::move(json).error());
  try {
    SealPlan plan;
    plan.order.folder = json->at("folder");
    plan.order.source = json->at("source");
    plan.order.commit = json->at("commit");
    plan.order.files = json->at("files").get<std::map<std::string, std::string>>();
    plan.cwd = json->at("cwd");
    return plan;
  } catch (const std::exception& error) {
    return Fail(Code::kInvalidArgument, std::string("no plan of a sealed copy: ") + error.what());
  }
}

std::vector<std::string> SealCommand(const std::string& plan,
                                     const std::vector<std::string>& argv) {
  std::vector<std::string> command = {"jobgate", "seal", plan};
  command.insert(command.end(), argv.begin(), argv.end());
  return command;
}

}  // namespace jobgate
