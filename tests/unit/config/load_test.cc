#include <doctest/doctest.h>

#include "src/config/params_schema.h"
#include "src/config/words.h"
#include "tests/unit/config/fixture.h"

namespace jobgate {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

Error ErrorsOf(std::string_view text) {
  const auto loaded = Load(text);
  REQUIRE_FALSE(loaded);
  return loaded.error();
}

std::string ProblemAt(std::string_view pointer, std::string_view text) {
  return Problem(ErrorsOf(text), pointer);
}

std::shared_ptr<const Config> Loaded(std::string_view text) {
  const auto loaded = Load(text);
  REQUIRE_MESSAGE(loaded, (loaded ? "" : loaded.error().message));
  return *loaded;
}

TEST_CASE("config: an empty object gives the defaults that Config itself has") {
  const auto loaded = Loaded("{}");
  const Config defaults;
  CHECK(loaded->store.type == defaults.store.type);
  CHECK(loaded->store.path == "/srv/app/data/jobs.db");
  CHECK(loaded->queue.concurrent_max == defaults.queue.concurrent_max);
  CHECK(loaded->queue.queued_max == defaults.queue.queued_max);
  CHECK(loaded->worker.enabled == defaults.worker.enabled);
  CHECK(loaded->worker.shutdown_grace == defaults.worker.shutdown_grace);
  CHECK(loaded->worker.kill_grace == defaults.worker.kill_grace);
  CHECK(loaded->worker.log_bytes_max == defaults.worker.log_bytes_max);
  CHECK(loaded->worker.retry == defaults.worker.retry);
  CHECK(loaded->worker.runtime_max == defaults.worker.runtime_max);
  CHECK(loaded->approval.provider == defaults.approval.provider);
  CHECK(loaded->approval.expiry_warning == defaults.approval.expiry_warning);
  CHECK(loaded->approval.waiting_max == defaults.approval.waiting_max);
  CHECK(loaded->dlq.enabled == defaults.dlq.enabled);
  CHECK(loaded->http.host == defaults.http.host);
  CHECK(loaded->http.port == defaults.http.port);
  CHECK(loaded->log.level == defaults.log.level);
  CHECK(loaded->log.format == defaults.log.format);
  CHECK(loaded->log.path == defaults.log.path);
  CHECK(loaded->secrets_file == defaults.secrets_file);
  CHECK(loaded->entrypoints.empty());
}

TEST_CASE("config: the store's path goes by its kind unless it is given") {
  CHECK(Loaded(R"({"store":{"type":"jsonl"}})")->store.path == "/srv/app/data/jobs.jsonl");
  CHECK(Loaded(R"({"store":{"type":"jsonl"}})")->effective["store"]["path"] == "data/jobs.jsonl");
  CHECK(Loaded(R"({"store":{"type":"jsonl","path":"x"}})")->store.path == "/srv/app/x");
  CHECK(Loaded(R"({"store":{"path":"y"}})")->store.path == "/srv/app/y");
}

TEST_CASE("config: the default thresholds are those of HealthThresholds") {
  const HealthThresholds loaded = Loaded("{}")->health;
  const HealthThresholds defaults;
  CHECK(loaded.utilization_percent_warning == defaults.utilization_percent_warning);
  CHECK(loaded.utilization_percent_critical == defaults.utilization_percent_critical);
  CHECK(loaded.dlq_warning == defaults.dlq_warning);
  CHECK(loaded.dlq_critical == defaults.dlq_critical);
  CHECK(loaded.success_rate_percent_warning == defaults.success_rate_percent_warning);
  CHECK(loaded.success_rate_percent_critical == defaults.success_rate_percent_critical);
  CHECK(loaded.success_rate_attempts_min == defaults.success_rate_attempts_min);
  CHECK(loaded.queue_depth_warning == defaults.queue_depth_warning);
  CHECK(loaded.queue_depth_critical == defaults.queue_depth_critical);
  CHECK(loaded.oldest_queued_ms_warning == defaults.oldest_queued_ms_warning);
  CHECK(loaded.oldest_queued_ms_critical == defaults.oldest_queued_ms_critical);
  CHECK(loaded.interrupted_warning == defaults.interrupted_warning);
  CHECK(loaded.memory_bytes_warning == defaults.memory_bytes_warning);
  CHECK(loaded.memory_bytes_critical == defaults.memory_bytes_critical);
  CHECK(loaded.disk_free_percent_warning == defaults.disk_free_percent_warning);
  CHECK(loaded.disk_free_percent_critical == defaults.disk_free_percent_critical);
}

TEST_CASE("config: an entrypoint takes over what it does not set from worker and approval") {
  const auto config = Loaded(R"({
    "worker": {"maxAttempts": 7, "retryDelayMs": 10, "retryBackoff": "linear",
               "maxJobRuntimeMs": 1234, "killGraceMs": 55},
    "approval": {"minApprovals": 2, "defaultTtlHours": 0.5},
    "entrypoints": {"a": {"steps": [{"name": "one", "run": ["true"]},
                                    {"name": "two", "run": ["true"], "gate": true}]}}})");
  const Entrypoint& entrypoint = config->entrypoints.at("a").entrypoint;
  CHECK(entrypoint.retry.attempts_max == 7);
  CHECK(entrypoint.retry.delay == milliseconds(10));
  CHECK(entrypoint.retry.backoff == Backoff::kLinear);
  CHECK(entrypoint.timeout == milliseconds(1234));
  CHECK(entrypoint.kill_grace == milliseconds(55));
  CHECK_FALSE(entrypoint.steps.at(0).gate);
  REQUIRE(entrypoint.steps.at(1).gate);
  CHECK(entrypoint.steps[1].gate->approvals_min == 2);
  CHECK(entrypoint.steps[1].gate->ttl == milliseconds(1'800'000));
  CHECK(entrypoint.steps[1].gate->self_approval);
  CHECK(config->approval.gate == *entrypoint.steps[1].gate);
  CHECK(config->effective["entrypoints"]["a"]["maxAttempts"] == 7);
  CHECK(config->effective["approval"]["allowSelfApproval"] == true);
}

TEST_CASE("config: what an entrypoint and its gate set themselves wins") {
  const auto config = Loaded(R"({"entrypoints": {"a": {
    "priority": "high", "maxAttempts": 1, "timeoutMs": 5, "retryDelayMs": 6, "idempotent": true,
    "dedupe": "none", "permanentExitCodes": [64, 65], "env": {"STAGE": "prod"},
    "secrets": ["KEY"], "cwd": "work", "limits": {"memoryMb": 512, "openFiles": 64},
    "steps": [{"name": "s", "run": ["true"],
               "gate": {"minApprovals": 2, "approvers": ["os:a", "os:b"],
                        "allowSelfApproval": false, "defaultTtlHours": 1}}]}}})");
  const Entrypoint& entrypoint = config->entrypoints.at("a").entrypoint;
  CHECK(entrypoint.priority == Priority::kHigh);
  CHECK(entrypoint.retry.attempts_max == 1);
  CHECK(entrypoint.timeout == milliseconds(5));
  CHECK(entrypoint.retry.delay == milliseconds(6));
  CHECK(entrypoint.idempotent);
  CHECK(entrypoint.dedupe == Dedupe::kNone);
  CHECK(entrypoint.permanent_exit_codes == std::vector<int>{64, 65});
  CHECK(entrypoint.env.at("STAGE") == "prod");
  CHECK(entrypoint.secrets == std::vector<std::string>{"KEY"});
  CHECK(entrypoint.cwd == "/srv/app/work");
  CHECK(entrypoint.limits == ProcessLimits{512, 0, 0, 64});
  const GatePolicy gate = entrypoint.steps.at(0).gate.value();
  CHECK(gate == GatePolicy{"local", 2, {"os:a", "os:b"}, false, hours(1)});
}

TEST_CASE("config: relative paths start beside a folder named config, else in the file's own") {
  CHECK(Loaded("{}")->base_dir == "/srv/app");
  const auto other = ParseConfig(R"({"log": {"path": "log/j.log"}, "secretsFile": "/etc/s"})",
                                 "/etc/jobgate/jobs.json", "jobs.json");
  REQUIRE(other);
  CHECK((*other)->base_dir == "/etc/jobgate");
  CHECK((*other)->store.path == "/etc/jobgate/data/jobs.db");
  CHECK((*other)->StoreDir() == "/etc/jobgate/data");
  CHECK((*other)->log.path == "/etc/jobgate/log/j.log");
  CHECK((*other)->secrets_file == "/etc/s");
}

TEST_CASE("config: the revision follows the content, not its layout") {
  const auto one = Loaded(R"({"queue": {"maxConcurrent": 2, "maxQueueSize": 5}})");
  const auto same = Loaded("{ \"queue\":\n{\"maxQueueSize\":5,\"maxConcurrent\":2}}");
  const auto other = Loaded(R"({"queue": {"maxConcurrent": 3, "maxQueueSize": 5}})");
  CHECK(one->revision == same->revision);
  CHECK(one->revision != other->revision);
  CHECK(one->revision.size() == 12);
}

TEST_CASE("config: every problem is told at once, each with file, line and pointer") {
  const Error error = ErrorsOf(R"({
  "queue": {
    "maxConcurent": 2,
    "maxQueueSize": "many"
  },
  "worker": { "maxAttempts": 0 },
  "entrypoints": {
    "hello": {
      "run": ["echo", "{nam}"],
      "params": { "properties": { "name": {} } }
    },
    "Bad Name": { "run": ["true"] }
  }
})");
  CHECK(error.code == Code::kInvalidArgument);
  CHECK(error.message ==
        "config/jobs.json:3: /queue/maxConcurent: unknown, did you mean maxConcurrent?\n"
        "config/jobs.json:4: /queue/maxQueueSize: must be an integer, is a string\n"
        "config/jobs.json:6: /worker/maxAttempts: must be at least 1\n"
        "config/jobs.json:9: /entrypoints/hello/run/1: {nam} is not in the params schema's "
        "properties: unknown, did you mean name? (a literal brace is written {{)\n"
        "config/jobs.json:12: /entrypoints/Bad Name: the name must match ^[a-z0-9_-]{1,64}$");
}

TEST_CASE("config: a missing key is told at the line of what should hold it") {
  CHECK(ErrorsOf("{\n\"entrypoints\": {\n\"a\": {\"steps\": [\n{\"name\": \"s\"}]}}}").message ==
        "config/jobs.json:4: /entrypoints/a/steps/0/run: required");
}

TEST_CASE("config: text that is no JSON is told with its line") {
  CHECK(ErrorsOf("{\n  \"queue\": {,\n}")
            .message.starts_with(
                "config/jobs.json:2: not valid JSON at line 2, column 13: unexpected ','"));
  CHECK(ErrorsOf("{\n\"log\": {\n\"path\": \"\xff\"}}").message ==
        "config/jobs.json:3: /log/path: bytes that are not UTF-8 at line 3, column 10");
}

TEST_CASE("config: duplicate keys, NUL, deep nesting and other documents are refused") {
  CHECK(ProblemAt("/queue", R"({"queue": {}, "queue": {}})") == "the key stands twice");
  CHECK(Contains(
      ProblemAt("/entrypoints/a/run/0", R"({"entrypoints": {"a": {"run": ["a\u0000b"]}}})"),
      "NUL"));
  CHECK(Contains(ErrorsOf(std::string(70, '[') + std::string(70, ']')).message, "deeper"));
  CHECK(ProblemAt("", "[]") == "must be an object, is an array");
  CHECK_FALSE(Load(""));
}

TEST_CASE("config: doubled keys and NUL have a line and stand among all other problems") {
  CHECK(ErrorsOf("{\n"
                 "\"queue\": {\"maxConcurrent\": 0},\n"
                 "\"entrypoints\": {\n"
                 "\"c\": {\"run\": [\"true\"]},\n"
                 "\"d\": {\"run\": [\"a\\u0000\"]},\n"
                 "\"c\": {\"run\": [\"true\"]},\n"
                 "\"e\": {\"run\": [\"{x}\"]}}}")
            .message ==
        "config/jobs.json:2: /queue/maxConcurrent: must be at least 1\n"
        "config/jobs.json:5: /entrypoints/d/run/0: a NUL character is not allowed\n"
        "config/jobs.json:6: /entrypoints/c: the key stands twice\n"
        "config/jobs.json:7: /entrypoints/e/run/0: {x} is not in the params schema's properties: "
        "unknown; nothing may stand here (a literal brace is written {{)");
}

TEST_CASE("config: what is nested too deep has its line and pointer") {
  const Error error =
      ErrorsOf("{\n\"a\":\n" + std::string(64, '[') + "1" + std::string(64, ']') + "}");
  std::string pointer = "/a";
  for (int i = 0; i < 63; ++i) pointer += "/0";
  CHECK(error.message == "config/jobs.json:3: " + pointer + ": nested deeper than 64 levels");
}

TEST_CASE("config: an entrypoint needs run or steps, and not both") {
  CHECK(ProblemAt("/entrypoints/a", R"({"entrypoints": {"a": {}}})") == "must have run or steps");
  CHECK(ProblemAt("/entrypoints/a", R"({"entrypoints": {"a": {"run": ["true"],
        "steps": [{"name": "s", "run": ["true"]}]}}})") == "must have only one of run or steps");
  CHECK(ProblemAt("/entrypoints/a", R"({"entrypoints": {"a": 5}})") ==
        "must be an object, is a number");
}

TEST_CASE("config: an empty argv, an unnamed program and doubled step names are refused") {
  CHECK(ProblemAt("/entrypoints/a/run", R"({"entrypoints": {"a": {"run": []}}})") ==
        "must have at least 1 item, has 0");
  CHECK(ProblemAt("/entrypoints/a/run/0", R"({"entrypoints": {"a": {"run": [""]}}})") ==
        "must name the program to run");
  CHECK(ProblemAt("/entrypoints/a/steps/1/name",
                  R"({"entrypoints": {"a": {"steps": [{"name": "s", "run": ["x"]},
                                                      {"name": "s", "run": ["y"]}]}}})") ==
        "another step has this name; each needs its own");
}

TEST_CASE("config: placeholders must be closed, known and of a type that fits an argument") {
  const auto problem = [](const std::string& element, const std::string& properties) {
    return ProblemAt("/entrypoints/a/run/1", R"({"entrypoints": {"a": {"run": ["x", ")" + element +
                                                 R"("], "params": {"properties": )" + properties +
                                                 "}}}}");
  };
  CHECK(Contains(problem("{name", R"({"name": {}})"), "{ without }"));
  CHECK(Contains(problem("name}", R"({"name": {}})"), "} without {"));
  CHECK(Contains(problem("{}", R"({"name": {}})"), "names no param"));
  CHECK(Contains(problem("{other}", R"({"name": {}})"), "known are name"));
  CHECK(Contains(problem("{list}", R"({"list": {"type": "array"}})"), "JOBGATE_PARAMS"));
  CHECK(Load(R"({"entrypoints": {"a": {"run": ["awk", "{{print $1}}"]}}})"));
}

TEST_CASE("config: a placeholder may choose the program only from a required enum") {
  const auto load = [](const std::string& property, const std::string& required) {
    return Load(R"({"entrypoints": {"a": {"run": ["./{task}.sh"], "params": {"required": [)" +
                required + R"(], "properties": {"task": )" + property + "}}}}}");
  };
  CHECK(load(R"({"enum": ["x", "y"]})", "\"task\""));
  CHECK(load(R"({"enum": ["x", "y"], "default": "x"})", ""));
  CHECK_FALSE(load(R"({"enum": ["x", "y"]})", ""));
  CHECK_FALSE(load(R"({"type": "string"})", "\"task\""));
}

TEST_CASE("config: rules that look at several keys") {
  CHECK(Contains(ProblemAt("/worker/retryMaxDelayMs",
                           R"({"worker": {"retryDelayMs": 10, "retryMaxDelayMs": 9}})"),
                 "less than retryDelayMs (10)"));
  CHECK(Contains(ProblemAt("/approval/minApprovals",
                           R"({"approval": {"approvers": ["a"], "minApprovals": 2}})"),
                 "never be reached"));
  CHECK(Contains(ProblemAt("/entrypoints/a/steps/0/gate",
                           R"({"approval": {"approvers": ["a", "b"]}, "entrypoints": {"a":
                               {"steps": [{"name": "s", "run": ["x"],
                                           "gate": {"minApprovals": 3}}]}}})"),
                 "never be reached with 2 approvers"));
  CHECK(Contains(ProblemAt("/entrypoints/a/retryDelayMs",
                           R"({"entrypoints": {"a": {"run": ["x"], "retryDelayMs": 300001}}})"),
                 "at most worker.retryMaxDelayMs (300000)"));
  CHECK(Contains(ProblemAt("/health/thresholds/dlqWarning",
                           R"({"health": {"thresholds": {"dlqWarning": 12}}})"),
                 "at most dlqCritical (11)"));
  CHECK(Contains(ProblemAt("/health/thresholds/diskFreeWarningPercent",
                           R"({"health": {"thresholds": {"diskFreeWarningPercent": 4}}})"),
                 "at least diskFreeCriticalPercent (5)"));
}

TEST_CASE("config: a plan check needs a step before it that may run without an approval") {
  const auto text = [](const std::string& first, const std::string& second) {
    return R"({"entrypoints": {"a": {"steps": [{"name": "p", "run": ["x"], "gate": )" + first +
           R"(}, {"name": "q", "run": ["x"], "gate": )" + second + "}]}}}";
  };
  const char* const kChecked = R"({"planCheck": true})";
  const auto loaded = Loaded(text("false", kChecked));
  CHECK(loaded->entrypoints.at("a").entrypoint.steps.at(1).gate->plan_check);
  CHECK_FALSE(
      Loaded(text("false", "true"))->entrypoints.at("a").entrypoint.steps[1].gate->plan_check);
  CHECK(ProblemAt("/entrypoints/a/steps/0/gate/planCheck", text(kChecked, "false")) ==
        "there is no step before this one that could run once more");
  CHECK(Contains(ProblemAt("/entrypoints/a/steps/1/gate/planCheck", text("true", kChecked)),
                 "step 'p' before this one has a gate itself"));
  CHECK(Contains(
      ProblemAt("/entrypoints/a/steps/1/gate/planCheck", text("false", R"({"planCheck": "yes"})")),
      "must be a boolean"));
}

TEST_CASE("config: a pinned declaration keeps its plan check, and an older one has none") {
  const auto loaded = Loaded(R"({"entrypoints": {"a": {"steps": [{"name": "p", "run": ["x"]},
      {"name": "q", "run": ["x"], "gate": {"planCheck": true}}]}}})");
  const Entrypoint& declared = loaded->entrypoints.at("a").entrypoint;
  Json pinned = ToJson(declared);
  CHECK(*EntrypointFromJson(pinned) == declared);
  pinned["steps"][1]["gate"].erase("planCheck");
  CHECK_FALSE(EntrypointFromJson(pinned)->steps[1].gate->plan_check);
}

TEST_CASE("config: two names of one person are one approver, as the gate counts") {
  const std::string twice =
      ProblemAt("/approval/minApprovals",
                R"({"approval": {"approvers": ["os:a", "token:a"], "minApprovals": 2}})");
  CHECK(Contains(twice, "with 1 approver (os:NAME and token:NAME are one person)"));
}

TEST_CASE("config: more approvals than there are people for the local provider are refused") {
  const auto problem = [](std::string_view pointer, std::string_view text) {
    const auto loaded = ParseConfig(text, kTestConfigPath, "jobs.json", kLocalPeople);
    return loaded ? "" : Problem(loaded.error(), pointer);
  };
  const char* const kAlone = "the daemon's own user alone can approve; set it to 1";
  CHECK(
      Contains(problem("/approval/minApprovals", R"({"approval": {"minApprovals": 2}})"), kAlone));
  CHECK(Contains(problem("/entrypoints/a/steps/0/gate",
                         R"({"entrypoints": {"a": {"steps": [{"name": "s", "run": ["x"], "gate":
                             {"minApprovals": 2, "approvers": ["os:a", "os:b"]}}]}}})"),
                 kAlone));
  CHECK(ParseConfig(R"({"approval": {"approvers": ["os:a", "os:b"]}})", kTestConfigPath,
                    "jobs.json", kLocalPeople));
}

TEST_CASE("config: params that no submission could have are refused") {
  const auto problem = [](const std::string& pointer, const std::string& schema) {
    return ProblemAt("/entrypoints/a/params" + pointer,
                     "{\"entrypoints\": {\"a\": {\"run\": [\"x\"], \"params\": " + schema + "}}}");
  };
  CHECK(problem("/type", R"({"type": "array"})") ==
        "must be object: params are an object always; is \"array\"");
  CHECK(Contains(problem("/type", R"({"type": ["string", "null"]})"), "must be object"));
  CHECK(Contains(problem("", "false"), "no submission at all"));
  for (const char* sound :
       {R"({"type": "object"})", R"({"type": ["object", "null"]})", "{}", "true"})
    CHECK_MESSAGE(Load("{\"entrypoints\": {\"a\": {\"run\": [\"x\"], \"params\": " +
                       std::string(sound) + "}}}"),
                  sound);
}

TEST_CASE("config: a variable comes from one place, and none of jobgate's own is taken") {
  CHECK(Contains(ProblemAt("/entrypoints/a/secrets/0",
                           R"({"entrypoints": {"a": {"run": ["x"], "env": {"K": "v"},
                                                     "secrets": ["K"]}}})"),
                 "one place"));
  CHECK(Contains(ProblemAt("/entrypoints/a/env/JOBGATE_STEP",
                           R"({"entrypoints": {"a": {"run": ["x"],
                                                     "env": {"JOBGATE_STEP": "v"}}}})"),
                 "set by jobgate itself"));
  CHECK(Contains(ProblemAt("/entrypoints/a/env/A B",
                           R"({"entrypoints": {"a": {"run": ["x"], "env": {"A B": "v"}}}})"),
                 "must match"));
}

TEST_CASE("config: listen is host:port or [IPv6]:port") {
  const auto v6 = Loaded(R"({"http": {"listen": "[::1]:80"}})");
  CHECK(v6->http.host == "::1");
  CHECK(v6->http.port == 80);
  for (const char* bad : {"8787", "localhost", "localhost:", "localhost:0", "localhost:65536",
                          "localhost:80x", ":80", "::1:80", "http://localhost:80", "a b:80"})
    CHECK_FALSE_MESSAGE(Load(R"({"http": {"listen": ")" + std::string(bad) + "\"}}"), bad);
}

TEST_CASE("config: a params schema is checked where it is declared") {
  const auto problem = [](const std::string& pointer, const std::string& schema) {
    return ProblemAt("/entrypoints/a/params" + pointer,
                     R"({"entrypoints": {"a": {"run": ["x"], "params": )" + schema + "}}}");
  };
  CHECK(problem("/requird", R"({"requird": ["a"]})") == "unknown, did you mean required?");
  CHECK(Contains(problem("/properties/n/type", R"({"properties": {"n": {"type": "strin"}}})"),
                 "must be one of"));
  CHECK(Contains(problem("/properties/n/pattern", R"({"properties": {"n": {"pattern": "("}}})"),
                 "regular expression"));
  CHECK(Contains(problem("/$ref", R"({"$ref": "other.json"})"), "must match the pattern ^#"));
  CHECK(problem("/$ref", R"({"$ref": "#/definitions/a"})") == "names no schema in this document");
  CHECK(problem("/properties/n/multipleOf", R"({"properties": {"n": {"multipleOf": 0}}})") ==
        "must be more than 0");
  CHECK(problem("/properties/n/default",
                R"({"properties": {"n": {"type": "integer", "default": "x"}}})") ==
        "must be an integer, is a string");
  CHECK(Load(R"({"entrypoints": {"a": {"run": ["x", "{n}"],
                 "params": {"properties": {"n": {"x-allowOption": true}}}}}})"));
}

TEST_CASE("config: a thousand entrypoints are allowed, one more is not") {
  const auto text = [](int count) {
    Json entrypoints = Json::object();
    for (int i = 0; i < count; ++i) entrypoints["e" + std::to_string(i)] = {{"run", {"true"}}};
    return Json{{"entrypoints", entrypoints}}.dump();
  };
  CHECK(Load(text(1000)));
  CHECK(ProblemAt("/entrypoints", text(1001)) == "must have at most 1000 keys, has 1001");
}

TEST_CASE("config: at most a hundred problems are listed") {
  Json many = Json::object();
  for (int i = 0; i < 500; ++i) many["unknown" + std::to_string(i)] = 1;
  CHECK(ErrorsOf(many.dump()).fields.size() == 100);
}

TEST_CASE("config: an entrypoint without params accepts none") {
  const auto config = Loaded(R"({"entrypoints": {"a": {"run": ["true"]}}})");
  const auto& schema = config->entrypoints.at("a").params_schema;
  CHECK(schema->Check(Json::object()));
  CHECK_FALSE(schema->Check({{"x", 1}}));
}

TEST_CASE("config: a declaration survives the way through JSON") {
  const auto config = Loaded(R"({"entrypoints": {"a": {
    "description": "d", "priority": "low", "maxAttempts": 2, "timeoutMs": 5, "retryDelayMs": 6,
    "idempotent": true, "dedupe": "none", "permanentExitCodes": [64], "env": {"S": "p"},
    "secrets": ["KEY"], "limits": {"processes": 3, "cpuSeconds": 4},
    "params": {"properties": {"n": {"type": "number"}}},
    "steps": [{"name": "s", "run": ["true", "{n}"]},
              {"name": "t", "run": ["true"], "gate": {"approvers": ["os:a"]}}]}}})");
  const Entrypoint& before = config->entrypoints.at("a").entrypoint;
  const auto after = EntrypointFromJson(ToJson(before));
  REQUIRE(after);
  CHECK(*after == before);
  CHECK(ToJson(*after) == ToJson(before));
}

TEST_CASE("config: a declaration that was pinned before there were limits has none") {
  const auto config = Loaded(R"({"entrypoints": {"a": {"run": ["true"]}}})");
  Json pinned = ToJson(config->entrypoints.at("a").entrypoint);
  pinned.erase("limits");
  const auto read = EntrypointFromJson(pinned);
  REQUIRE(read);
  CHECK(read->limits == ProcessLimits{});
}

TEST_CASE("config: what is no declaration is refused without an exception") {
  for (const char* text : {"null", "{}", R"({"name": 5})", "[]"})
    CHECK_FALSE(EntrypointFromJson(Json::parse(text)));
}

TEST_CASE("config: the schema has a description for every key") {
  const Json schema = Json::parse(ConfigSchemaText());
  const auto described = [&](const Json& properties) {
    for (auto property = properties.begin(); property != properties.end(); ++property) {
      const Json* node = &*property;
      if (!node->contains("description") && node->contains("$ref"))
        node = &schema.at(Json::json_pointer(node->at("$ref").get<std::string>().substr(1)));
      CHECK_MESSAGE(node->contains("description"), property.key());
    }
  };
  described(schema["properties"]);
  for (const auto& [name, section] : schema["properties"].items())
    if (section.contains("properties")) described(section["properties"]);
  described(schema["properties"]["health"]["properties"]["thresholds"]["properties"]);
  described(schema["definitions"]["entrypoint"]["properties"]);
  described(schema["definitions"]["step"]["properties"]);
  described(schema["definitions"]["gate"]["properties"]);
}

}  // namespace
}  // namespace jobgate
