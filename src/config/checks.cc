#include "src/config/checks.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "src/base/ascii.h"
#include "src/config/listen.h"
#include "src/config/paths.h"
#include "src/config/placeholders.h"
#include "src/config/repo_name.h"
#include "src/config/suggest.h"
#include "src/job/actor.h"

namespace jobgate {
namespace {

using Problems = std::vector<FieldError>;

bool IsBelow(const std::string& pointer, const std::string& ancestor) {
  return pointer == ancestor || pointer.starts_with(ancestor + "/");
}

// Whether the schema found nothing at or below `pointer`, nor above it.
bool IsSound(const Problems& problems, const std::string& pointer) {
  return std::none_of(problems.begin(), problems.end(), [&](const FieldError& problem) {
    return IsBelow(problem.pointer, pointer) || IsBelow(pointer, problem.pointer);
  });
}

// As the gate counts: os:alice and token:alice are one.
size_t CountPeople(const Json& approvers) {
  std::set<std::string_view> names;
  for (const Json& approver : approvers)
    names.insert(NameOfActor(approver.get_ref<const std::string&>()));
  return names.size();
}

std::string WhyNeverReached(size_t wanted, const Json& approvers, size_t people_max) {
  const std::string never = "minApprovals " + std::to_string(wanted) + " can never be reached ";
  const size_t people = CountPeople(approvers);
  if (!approvers.empty() && wanted > people)
    return never + "with " + std::to_string(people) + (people == 1 ? " approver" : " approvers") +
           (people == approvers.size() ? "" : " (os:NAME and token:NAME are one person)") +
           "; lower it or name more approvers";
  if (wanted > people_max)
    return never +
           "with the provider local, where the daemon's own user alone can approve; set it to " +
           std::to_string(people_max);
  return "";
}

// `people_max` can approve, whatever the approvers are.
void CheckApprovers(const Json& rules, const Json& inherited, size_t people_max,
                    const std::string& pointer, Problems& problems) {
  const auto value = [&](const char* key) {
    return rules.contains(key) ? rules[key] : inherited[key];
  };
  std::string problem =
      WhyNeverReached(value("minApprovals").get<size_t>(), value("approvers"), people_max);
  if (!problem.empty()) problems.push_back({pointer, std::move(problem)});
}

size_t PeopleMax(const Json& effective, size_t local_people) {
  return effective["approval"]["provider"] == "local" ? local_people : SIZE_MAX;
}

// `at` is the section or the gate that sets labels itself.
void CheckLabels(const Json& rules, const Json& inherited, const std::string& at,
                 Problems& problems) {
  std::map<std::string, std::string> seen;  // folded → key
  for (const char* key : {"approveLabels", "rejectLabels"}) {
    const Json& labels = rules.contains(key) ? rules[key] : inherited[key];
    for (size_t i = 0; i < labels.size(); ++i) {
      const std::string label = labels[i].get<std::string>();
      const std::string pointer =
          at + (rules.contains(key) ? "/" + std::string(key) + "/" + std::to_string(i) : "");
      const auto [first, is_new] = seen.emplace(Folded(label), key);
      if (!is_new)
        problems.push_back({pointer, "the label " + label + " stands in " + first->second +
                                         " already; GitHub knows no difference of case"});
      if (label.front() == ' ' || label.back() == ' ')
        problems.push_back({pointer, "must neither begin nor end with a space"});
    }
  }
}

void CheckGitHub(const Json& approval, Problems& problems) {
  CheckLabels(approval, approval, "/approval", problems);
  const auto check = [&](const char* key, const auto& checked) {
    if (!checked)
      problems.push_back({"/approval/" + std::string(key), checked.error().fields.front().detail});
  };
  if (approval["repo"].is_string())
    check("repo", ParseRepoName(approval["repo"].get<std::string>()));
  if (approval["apiUrl"].is_string())
    check("apiUrl", CheckApiUrl(approval["apiUrl"].get<std::string>()));
}

void CheckWorker(const Json& worker, Problems& problems) {
  if (worker["retryMaxDelayMs"] < worker["retryDelayMs"])
    problems.push_back({"/worker/retryMaxDelayMs", "is less than retryDelayMs (" +
                                                       worker["retryDelayMs"].dump() +
                                                       "); must be at least that"});
}

struct ThresholdPair {
  const char* warning;
  const char* critical;
  bool rises;  // the value gets worse as it rises
};

constexpr std::array kThresholdPairs = {
    ThresholdPair{"utilizationWarningPercent", "utilizationCriticalPercent", true},
    ThresholdPair{"dlqWarning", "dlqCritical", true},
    ThresholdPair{"successRateWarningPercent", "successRateCriticalPercent", false},
    ThresholdPair{"queueDepthWarning", "queueDepthCritical", true},
    ThresholdPair{"oldestQueuedWarningMs", "oldestQueuedCriticalMs", true},
    ThresholdPair{"memoryWarningBytes", "memoryCriticalBytes", true},
    ThresholdPair{"diskFreeWarningPercent", "diskFreeCriticalPercent", false},
};

void CheckThresholds(const Json& thresholds, Problems& problems) {
  for (const auto& [warning, critical, rises] : kThresholdPairs) {
    const Json& first = thresholds[warning];
    const Json& second = thresholds[critical];
    if (rises ? first <= second : first >= second) continue;
    problems.push_back({"/health/thresholds/" + std::string(warning),
                        "must be " + std::string(rises ? "at most " : "at least ") + critical +
                            " (" + second.dump() + "), so that a warning comes first"});
  }
}

// The rules of one entrypoint.
class EntrypointCheck {
 public:
  EntrypointCheck(const std::string& name, const Json& entrypoint, const Json& effective,
                  const std::string& base_dir, size_t local_people, Problems& problems)
      : at_("/entrypoints/" + PointerToken(name)),
        entrypoint_(entrypoint),
        effective_(effective),
        base_dir_(base_dir),
        local_people_(local_people),
        problems_(problems) {}

  std::shared_ptr<const ParamsSchema> Run(bool approval_is_sound, bool worker_is_sound) {
    auto compiled = CompileParams();
    if (entrypoint_.contains("run")) CheckArgv(entrypoint_["run"], at_ + "/run");
    if (entrypoint_.contains("steps")) CheckSteps(approval_is_sound);
    CheckPlace();
    CheckFiles();
    CheckVariables();
    if (worker_is_sound) CheckRetryDelay();
    return compiled;
  }

 private:
  void Report(std::string pointer, std::string detail) {
    problems_.push_back({std::move(pointer), std::move(detail)});
  }

  std::shared_ptr<const ParamsSchema> CompileParams() {
    const Json& schema = entrypoint_["params"];
    auto compiled = ParamsSchema::Compile(schema);
    if (!compiled) {
      for (const FieldError& field : compiled.error().fields)
        Report(at_ + "/params" + field.pointer, field.detail);
      return nullptr;
    }
    CheckObject(schema);
    const Json properties = Properties();
    for (const auto& [name, property] : properties.items())
      if (property.is_object() && property.contains("default")) CheckDefault(name, property);
    return *compiled;
  }

  // Params are an object always: another type could never be submitted.
  void CheckObject(const Json& schema) {
    if (schema == Json(false))
      Report(at_ + "/params",
             "allows no submission at all; leave it out where no params are taken");
    if (!schema.is_object() || !schema.contains("type")) return;
    const Json& type = schema["type"];
    if (type == "object" ||
        (type.is_array() && std::find(type.begin(), type.end(), "object") != type.end()))
      return;
    Report(at_ + "/params/type", "must be object: params are an object always; is " + type.dump());
  }

  void CheckDefault(const std::string& name, const Json& property) {
    const Json alone = {{"properties", {{name, property}}}};
    const auto compiled = ParamsSchema::Compile(alone);
    if (!compiled) return;
    const auto checked = (*compiled)->Check({{name, property["default"]}});
    if (!checked)
      Report(at_ + "/params/properties/" + PointerToken(name) + "/default",
             checked.error().fields.front().detail);
  }

  Json Properties() const {
    const Json& schema = entrypoint_["params"];
    return schema.is_object() ? schema.value("properties", Json::object()) : Json::object();
  }

  void CheckArgv(const Json& run, const std::string& pointer) {
    if (run[0].get_ref<const std::string&>().empty())
      Report(pointer + "/0", "must name the program to run");
    for (size_t i = 0; i < run.size(); ++i)
      CheckElement(run[i].get_ref<const std::string&>(), i == 0, pointer + "/" + std::to_string(i));
  }

  void CheckElement(const std::string& element, bool is_program, const std::string& pointer) {
    const auto names = PlaceholdersIn(element);
    if (!names) return Report(pointer, names.error().fields.front().detail);
    for (const std::string& name : *names) CheckPlaceholder(name, is_program, pointer);
  }

  void CheckPlaceholder(const std::string& name, bool is_program, const std::string& pointer) {
    const Json properties = Properties();
    const auto property = properties.find(name);
    if (property == properties.end())
      return Report(pointer, "{" + name + "} is not in the params schema's properties: " +
                                 UnknownName(name, Keys(properties)) +
                                 " (a literal brace is written {{)");
    if (IsStructured(*property))
      return Report(pointer, "{" + name +
                                 "} is an object or an array; only text, numbers and "
                                 "booleans can stand in an argument, the whole params "
                                 "are in the file JOBGATE_PARAMS");
    if (is_program &&
        !(property->is_object() && property->contains("enum") && IsGiven(name, *property)))
      Report(pointer, "{" + name +
                          "} chooses the program to run; its property must have an enum "
                          "and be required, so that nobody can run anything else");
  }

  static std::vector<std::string> Keys(const Json& object) {
    std::vector<std::string> keys;
    for (const auto& member : object.items()) keys.push_back(member.key());
    return keys;
  }

  static bool IsStructured(const Json& property) {
    if (!property.is_object()) return false;
    const Json type = property.value("type", Json());
    return type == "object" || type == "array";
  }

  bool IsGiven(const std::string& name, const Json& property) const {
    const Json required = entrypoint_["params"].value("required", Json::array());
    return property.contains("default") ||
           std::find(required.begin(), required.end(), Json(name)) != required.end();
  }

  void CheckSteps(bool approval_is_sound) {
    std::set<std::string> names;
    for (size_t i = 0; i < entrypoint_["steps"].size(); ++i) {
      const Json& step = entrypoint_["steps"][i];
      const std::string pointer = at_ + "/steps/" + std::to_string(i);
      if (!names.insert(step["name"].get<std::string>()).second)
        Report(pointer + "/name", "another step has this name; each needs its own");
      CheckArgv(step["run"], pointer + "/run");
      if (approval_is_sound && step["gate"].is_object())
        CheckLabels(step["gate"], effective_["approval"], pointer + "/gate", problems_);
      if (approval_is_sound && step["gate"].is_object())
        CheckApprovers(step["gate"], effective_["approval"], PeopleMax(effective_, local_people_),
                       pointer + "/gate", problems_);
      if (step["gate"].is_object() && step["gate"]["planCheck"] == true) CheckPlanCheck(i);
    }
  }

  // The step before step `i` must be there, and must be one that may run without being asked for.
  void CheckPlanCheck(size_t i) {
    const std::string pointer = at_ + "/steps/" + std::to_string(i) + "/gate/planCheck";
    if (i == 0) return Report(pointer, "there is no step before this one that could run once more");
    const Json& before = entrypoint_["steps"][i - 1];
    if (before["gate"] != Json(false))
      Report(pointer, "step '" + before["name"].get<std::string>() +
                          "' before this one has a gate itself, and would run once more without an "
                          "approval; put a step without a gate between them");
  }

  // The export has nothing of what lies outside of the repository.
  void CheckPlace() {
    const Json& git = entrypoint_["git"];
    const Json& cwd = entrypoint_["cwd"];
    if (git.is_null() || cwd.is_null()) return;
    const std::string repo = AbsolutePath(base_dir_, git["repo"]);
    const std::string folder = AbsolutePath(base_dir_, cwd);
    if (!PathBelow(repo, folder))
      Report(at_ + "/cwd", folder + " lies outside of git.repo (" + repo +
                               "); must be that folder or one below it, since the job runs in an "
                               "export of it");
  }

  void CheckFiles() {
    const Json& files = entrypoint_["files"];
    std::set<std::string> names;
    for (size_t i = 0; i < files.size(); ++i) {
      const auto& file = files[i].get_ref<const std::string&>();
      const std::string pointer = at_ + "/files/" + std::to_string(i);
      const auto inside = PathBelow("/cwd", AbsolutePath("/cwd", file));
      if (file.starts_with('/'))
        Report(pointer, "must be a path from cwd, without a / at its begin");
      else if (!inside)
        Report(pointer, "leads out of cwd; must name a file below it");
      else if (*inside == "." || file.ends_with('/'))
        Report(pointer, "is a folder; must name a file");
      else if (!names.insert(*inside).second)
        Report(pointer, *inside + " is listed already");
    }
  }

  void CheckVariables() {
    const Json& env = entrypoint_["env"];
    for (const auto& member : env.items())
      CheckReserved(member.key(), at_ + "/env/" + PointerToken(member.key()));
    const Json& secrets = entrypoint_["secrets"];
    for (size_t i = 0; i < secrets.size(); ++i) {
      const auto& name = secrets[i].get_ref<const std::string&>();
      const std::string pointer = at_ + "/secrets/" + std::to_string(i);
      CheckReserved(name, pointer);
      if (env.contains(name)) Report(pointer, "is in env too; a variable can come from one place");
    }
  }

  void CheckReserved(const std::string& name, const std::string& pointer) {
    if (name.starts_with("JOBGATE_") || name == "TRACEPARENT")
      Report(pointer, "is set by jobgate itself; choose another name");
  }

  void CheckRetryDelay() {
    const Json& delay = entrypoint_["retryDelayMs"];
    const Json& delay_max = effective_["worker"]["retryMaxDelayMs"];
    if (!delay.is_null() && delay > delay_max)
      Report(at_ + "/retryDelayMs",
             "must be at most worker.retryMaxDelayMs (" + delay_max.dump() + ")");
  }

  const std::string at_;
  const Json& entrypoint_;
  const Json& effective_;
  const std::string& base_dir_;
  const size_t local_people_;
  Problems& problems_;
};

}  // namespace

CompiledParams CheckMeaning(const Json& effective, const std::string& base_dir, size_t local_people,
                            std::vector<FieldError>& problems) {
  const Problems found = problems;
  const bool approval_is_sound = IsSound(found, "/approval");
  const bool worker_is_sound = IsSound(found, "/worker");
  if (approval_is_sound)
    CheckApprovers(effective["approval"], effective["approval"], PeopleMax(effective, local_people),
                   "/approval/minApprovals", problems);
  if (approval_is_sound) CheckGitHub(effective["approval"], problems);
  if (worker_is_sound) CheckWorker(effective["worker"], problems);
  if (IsSound(found, "/health")) CheckThresholds(effective["health"]["thresholds"], problems);
  if (IsSound(found, "/http")) {
    const auto listen = ParseListen(effective["http"]["listen"].get_ref<const std::string&>());
    if (!listen) problems.push_back({"/http/listen", listen.error().fields.front().detail});
  }
  CompiledParams compiled;
  if (!effective.contains("entrypoints") || !effective["entrypoints"].is_object()) return compiled;
  for (const auto& [name, entrypoint] : effective["entrypoints"].items()) {
    if (!IsSound(found, "/entrypoints/" + PointerToken(name))) continue;
    compiled[name] = EntrypointCheck(name, entrypoint, effective, base_dir, local_people, problems)
                         .Run(approval_is_sound, worker_is_sound);
  }
  return compiled;
}

}  // namespace jobgate
