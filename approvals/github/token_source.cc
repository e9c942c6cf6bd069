#include "approvals/github/token_source.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace jobgate::github {
namespace {

constexpr size_t kTokenBytesMax = 4096;
constexpr mode_t kOthers = 0077;
constexpr auto kGhRuntimeMax = std::chrono::seconds(10);

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// What would end the header, or never be a token.
bool IsFit(std::string_view token) {
  return token.size() <= kTokenBytesMax &&
         std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

Result<std::optional<Token>> TokenIn(std::string_view text, std::string source,
                                     std::string warning = "") {
  const std::string_view token = Trimmed(text);
  if (token.empty()) return std::nullopt;
  if (!IsFit(token))
    return Fail(Code::kUnauthorized,
                "what is in " + source + " is no token: one line of visible ASCII is expected");
  return Token{std::string(token), std::move(source), std::move(warning)};
}

}  // namespace

TokenSource::TokenSource(TokenPlaces places, Environment environment, FileSystem& files,
                         ProcessRunner& processes)
    : places_(std::move(places)),
      environment_(std::move(environment)),
      files_(files),
      processes_(processes) {}

Result<Token> TokenSource::Get() {
  if (kept_) return *kept_;
  return Renew();
}

Result<Token> TokenSource::Renew() {
  kept_.reset();
  for (const auto read :
       {&TokenSource::FromEnvironment, &TokenSource::FromFile, &TokenSource::FromGh}) {
    auto found = (this->*read)();
    if (!found) return Fail(std::move(found).error());
    if (!*found) continue;
    kept_ = **std::move(found);
    if (std::exchange(last_, kept_->value) != kept_->value) ++changes_;
    return *kept_;
  }
  return Fail(Code::kUnauthorized,
              "no token for GitHub: " +
                  (places_.env.empty() ? "" : "the variable " + places_.env + " is not set, ") +
                  (places_.file ? *places_.file + " is empty, " : "") +
                  "gh has no login; run `gh auth login --hostname " + places_.host +
                  "` or set approval.tokenEnv or approval.tokenFile");
}

Result<std::optional<Token>> TokenSource::FromEnvironment() const {
  const auto value = places_.env.empty() ? std::nullopt : environment_(places_.env);
  if (!value) return std::nullopt;
  return TokenIn(*value, "the variable " + places_.env);
}

// A file that is named and cannot be read is a mistake, not a reason to use somebody's login.
Result<std::optional<Token>> TokenSource::FromFile() const {
  if (!places_.file) return std::nullopt;
  const auto text = files_.ReadFile(*places_.file, kTokenBytesMax);
  if (!text)
    return Fail(Code::kUnauthorized, "the token file cannot be read: " + text.error().message);
  const auto status = files_.Stat(*places_.file);
  const bool open = status && (status->permissions & kOthers) != 0;
  return TokenIn(*text, "the file " + *places_.file,
                 open ? *places_.file + " can be read by others: chmod 600 it" : "");
}

Result<std::optional<Token>> TokenSource::FromGh() const {
  const auto printed = processes_.Run(
      {{"gh", "auth", "token", "--hostname", places_.host}, kGhRuntimeMax, kTokenBytesMax});
  if (!printed && printed.error().code == Code::kNotFound) return std::nullopt;
  if (!printed) return Fail(Code::kUnauthorized, printed.error().message);
  if (printed->exit_code != 0) return std::nullopt;
  return TokenIn(printed->out, "gh's login at " + places_.host);
}

}  // namespace jobgate::github
