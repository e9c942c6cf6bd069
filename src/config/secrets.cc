#include "src/config/secrets.h"

#include <utility>
#include <vector>

#include "src/config/line_map.h"

namespace jobgate {
namespace {

constexpr size_t kFileBytesMax = size_t{1024} * 1024;
constexpr size_t kConfigBytesMax = size_t{16} * 1024 * 1024;
constexpr mode_t kReadableByOthers = 077;

Result<Secrets> ParseSecrets(std::string_view text, const std::string& path) {
  Secrets secrets;
  int line = 0;
  while (!text.empty()) {
    ++line;
    const size_t end = text.find('\n');
    std::string_view entry = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (entry.ends_with('\r')) entry.remove_suffix(1);
    if (entry.empty() || entry.starts_with('#')) continue;
    const size_t equals = entry.find('=');
    if (equals == std::string_view::npos || equals == 0 ||
        entry.find('\0') != std::string_view::npos)
      return Fail(Code::kInvalidArgument,
                  path + ":" + std::to_string(line) + ": must be NAME=value");
    secrets[std::string(entry.substr(0, equals))] = std::string(entry.substr(equals + 1));
  }
  return secrets;
}

Result<Secrets> ReadSecretsFile(const std::string& path, FileSystem& files) {
  const auto status = files.Stat(path);
  if (!status) return Fail(status.error());
  if ((status->permissions & kReadableByOthers) != 0)
    return Fail(Code::kInvalidArgument,
                path + ": others than its owner may read it; run: chmod 600 " + path);
  auto text = files.ReadFile(path, kFileBytesMax);
  if (!text) return Fail(std::move(text).error());
  return ParseSecrets(*text, path);
}

// Or needs none.
bool HasWebhookSecret(const Config& config, const Environment& environment) {
  const std::string& variable = config.approval.github.webhook_secret_env;
  if (config.approval.provider != "github" || variable.empty()) return true;
  return !environment(variable).value_or("").empty();
}

}  // namespace

Result<Secrets> LoadSecrets(const Config& config, const Environment& environment,
                            FileSystem& files) {
  Secrets from_file;
  if (config.secrets_file) {
    auto read = ReadSecretsFile(*config.secrets_file, files);
    if (!read) return Fail(std::move(read).error());
    from_file = std::move(*read);
  }
  Secrets secrets;
  Error error{Code::kInvalidArgument, ""};
  for (const auto& [name, declared] : config.entrypoints) {
    for (size_t i = 0; i < declared.entrypoint.secrets.size(); ++i) {
      const std::string& secret = declared.entrypoint.secrets[i];
      const auto value = environment(secret);
      const auto line = from_file.find(secret);
      if (value)
        secrets[secret] = *value;
      else if (line != from_file.end())
        secrets[secret] = line->second;
      else
        error.fields.push_back({"/entrypoints/" + name + "/secrets/" + std::to_string(i),
                                secret + " has no value; set it in the daemon's environment or " +
                                    config.secrets_file.value_or("in a secretsFile")});
    }
  }
  if (!HasWebhookSecret(config, environment))
    error.fields.push_back({"/approval/webhookSecretEnv",
                            config.approval.github.webhook_secret_env +
                                " has no value; set it in the daemon's environment to the secret "
                                "of the webhook"});
  if (error.fields.empty()) return secrets;
  const auto text = files.ReadFile(config.path, kConfigBytesMax);
  const LineMap lines(text ? *text : "{}");
  for (const FieldError& field : error.fields)
    error.message += (error.message.empty() ? "" : "\n") + config.path + ":" +
                     std::to_string(lines.LineOf(field.pointer)) + ": " + field.pointer + ": " +
                     field.detail;
  return Fail(std::move(error));
}

}  // namespace jobgate
