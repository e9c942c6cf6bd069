#include "src/cli/view/findings.h"

#include <algorithm>

#include "src/cli/text.h"

namespace jobgate {
namespace {

std::string NameOf(Level level) {
  return level == Level::kOk ? "ok" : level == Level::kWarn ? "warn" : "fail";
}

Color ColorOf(Level level) {
  return level == Level::kOk ? Color::kGreen : level == Level::kWarn ? Color::kYellow : Color::kRed;
}

}  // namespace

bool AnyFailed(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.level == Level::kFail; });
}

std::string FindingsPage(const std::vector<Finding>& findings, const Look& look) {
  std::string text;
  for (const Finding& finding : findings) {
    const std::string name = NameOf(finding.level);
    text += Paint(look, ColorOf(finding.level), name) + std::string(6 - name.size(), ' ') +
            OneLine(finding.check + ": " + finding.message) + "\n";
    if (!finding.fix.empty()) text += "      → " + OneLine(finding.fix) + "\n";
  }
  return text;
}

Json FindingsJson(const std::vector<Finding>& findings) {
  Json checks = Json::array();
  for (const Finding& finding : findings)
    checks.push_back({{"check", finding.check},
                      {"level", NameOf(finding.level)},
                      {"message", finding.message},
                      {"fix", finding.fix.empty() ? Json() : Json(finding.fix)}});
  return {{"ok", !AnyFailed(findings)}, {"checks", std::move(checks)}};
}

}  // namespace jobgate
