#include "tests/simulation/script.h"

namespace jobgate::sim {
namespace {

const std::vector<std::string> kResults = {
    R"({"done":true})", R"({"a":[1,2,3]})", "42",      "null", "", "{",
    R"({"a":1,"a":2})", "not json",         "\xff\xfe"};
const std::vector<std::string> kRequests = {R"({"needsApproval":{"reason":"check the plan"}})",
                                            R"({"needsApproval":{"issue":7,"reason":"look"}})",
                                            R"({"needsApproval":{}})"};
const std::vector<std::string> kBadRequests = {"", "{}", R"({"needsApproval":true})",
                                               R"({"needsApproval":{"who":"me"}})"};
const std::vector<std::string> kLines = {"10 copying", "50 copying", "99", "\xc3\x28 odd bytes"};

ExitStatus Failure(Dice& dice) {
  if (dice.OneIn(5)) return Signaled{static_cast<int>(dice.OneIn(2) ? 9 : 11)};
  return Exited{static_cast<int>(dice.Between(1, 5))};
}

ExitStatus EndingOf(Dice& dice, const std::string& program) {
  if (dice.OneIn(60)) return SpawnFailed{"exec: no such file"};
  if (program == "work" || program == "plan")
    return dice.OneIn(20) ? Failure(dice) : ExitStatus(Exited{0});
  if (program == "flaky") return dice.OneIn(2) ? Failure(dice) : ExitStatus(Exited{0});
  if (program == "broken") return dice.OneIn(3) ? ExitStatus(Exited{64}) : Failure(dice);
  return Exited{0};
}

std::optional<ExitStatus> ReactionToTerm(Dice& dice) {
  if (dice.OneIn(4)) return std::nullopt;
  if (dice.OneIn(5)) return Exited{static_cast<int>(dice.OneIn(2) ? 0 : 143)};
  return Signaled{15};
}

void DrawFiles(Dice& dice, const SpawnRequest& request, Script& script) {
  if (dice.OneIn(2)) script.result = dice.Pick(kResults);
  if (dice.OneIn(50)) script.result = std::string(64 * 1024 + 1, 'x');
  const bool was_approved = request.env.contains("JOBGATE_APPROVED_BY");
  if (request.argv[0] != "asks" || dice.OneIn(was_approved ? 6 : 3) == !was_approved) return;
  script.request = dice.OneIn(8) ? dice.Pick(kBadRequests) : dice.Pick(kRequests);
}

// A plan mostly gives what it gave before.
void DrawPlan(Dice& dice, Script& script) {
  script.printed = dice.OneIn(6) ? "another plan" : "the plan";
  script.result = std::nullopt;
  if (!dice.OneIn(8)) script.result = dice.OneIn(8) ? dice.Pick(kResults) : R"({"plan": 1})";
  if (dice.OneIn(20)) script.request = dice.Pick(kRequests);
}

}  // namespace

Script DrawScript(Dice& dice, const SpawnRequest& request) {
  Script script;
  const std::string& program = request.argv[0];
  script.ending = EndingOf(dice, program);
  script.runtime = program == "sleepy" ? dice.Milliseconds(5'000, 15'000)
                                       : dice.Milliseconds(0, dice.OneIn(3) ? 20'000 : 2'000);
  DrawFiles(dice, request, script);
  if (program == "plan") DrawPlan(dice, script);
  if (dice.OneIn(4)) {
    Duration at{};
    for (int64_t lines = dice.Between(1, 3); lines > 0; --lines)
      script.progress.emplace_back(at += dice.Milliseconds(0, 2'000), dice.Pick(kLines));
  }
  script.on_term = ReactionToTerm(dice);
  script.term_takes = dice.Milliseconds(0, 4'000);
  return script;
}

}  // namespace jobgate::sim
