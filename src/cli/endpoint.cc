#include "src/cli/endpoint.h"

#include <filesystem>

#include "src/base/json.h"
#include "src/base/url.h"
#include "src/cli/view/fields.h"
#include "src/config/build.h"
#include "store/store_lock.h"

namespace jobgate {
namespace {

constexpr size_t kConfigBytesMax = 8u << 20;
constexpr size_t kTokenBytesMax = 4096;
constexpr size_t kLockBytesMax = 4096;
constexpr const char* kSystemConfig = "/etc/jobgate/jobs.json";

std::string Env(const CliWorld& world, const std::string& name) {
  return world.env ? world.env(name).value_or("") : "";
}

std::string Absolute(const std::string& path, const std::string& base) {
  return (std::filesystem::path(base) / path).lexically_normal().string();
}

Result<std::string> NearestConfig(FileSystem& files) {
  auto here = files.CurrentDirectory();
  if (!here) return here;
  for (std::filesystem::path folder = *here;; folder = folder.parent_path()) {
    const std::string candidate = (folder / "config" / "jobs.json").string();
    if (files.Exists(candidate)) return candidate;
    if (folder == folder.parent_path()) break;
  }
  if (files.Exists(kSystemConfig)) return kSystemConfig;
  return Fail(Code::kInvalidArgument,
              "no config/jobs.json here or above, and no /etc/jobgate/jobs.json: make one with "
              "`jobgate init`, or name one with --config or JOBGATE_CONFIG, or a daemon with "
              "JOBGATE_URL");
}

// A wildcard address is where the daemon listens, not where one can call it.
std::string UrlOfListen(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  std::string host = listen.substr(0, colon);
  const std::string port = colon == std::string::npos ? "8787" : listen.substr(colon + 1);
  if (host.empty() || host == "0.0.0.0" || host == "*") host = "127.0.0.1";
  if (host == "[::]") host = "[::1]";
  return "http://" + host + ":" + port;
}

struct LenientConfig {
  std::string listen = "127.0.0.1:8787";
  std::string store_path;
  std::string trouble;
};

// "store": { … "path": "data/jobs.db" … } of a text that is no JSON as a whole; "" where it is not
// there. Nothing nests in the sections that are asked for.
std::string ScanFor(const std::string& text, const std::string& section, const std::string& key) {
  const size_t begin = text.find("\"" + section + "\"");
  if (begin == std::string::npos) return "";
  const std::string inside = text.substr(begin, text.find('}', begin) - begin);
  const size_t at = inside.find("\"" + key + "\"");
  const size_t colon = at == std::string::npos ? at : inside.find(':', at);
  const size_t open = colon == std::string::npos ? colon : inside.find('"', colon);
  const size_t close = open == std::string::npos ? open : inside.find('"', open + 1);
  return close == std::string::npos ? "" : inside.substr(open + 1, close - open - 1);
}

LenientConfig ReadLeniently(FileSystem& files, const std::string& path) {
  LenientConfig config;
  const auto text = files.ReadFile(path, kConfigBytesMax);
  const auto json = text ? ParseJson(*text) : Result<Json>(tl::unexpected<Error>(text.error()));
  const auto value = [&](const char* section, const char* key) {
    if (json) return TextAt(At(*json, section), key);
    return text ? ScanFor(*text, section, key) : std::string();
  };
  if (!json) config.trouble = json.error().message;
  const std::string listen = value("http", "listen");
  const std::string store_path = value("store", "path");
  if (!listen.empty()) config.listen = listen;
  if (!store_path.empty())
    config.store_path = store_path;
  else
    config.store_path = DefaultStorePath(value("store", "type"));
  return config;
}

std::string Trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.pop_back();
  return text;
}

void ReadLocalToken(FileSystem& files, Endpoint& endpoint) {
  const std::string path = endpoint.store_dir + "/token";
  const auto token = files.ReadFile(path, kTokenBytesMax);
  if (token) {
    endpoint.token = Trimmed(*token);
    endpoint.token_source = path;
  }
  if (!endpoint.token.empty()) return;
  if (token)
    endpoint.token_trouble = path + " is empty: delete it, and restart the daemon for a new one";
  else if (token.error().code == Code::kNotFound)
    endpoint.token_trouble = "there is no file " + path +
                             ": `jobgate serve` makes it on its first start. A daemon that still "
                             "runs with another store.path has to be restarted; or set "
                             "JOBGATE_TOKEN";
  else
    endpoint.token_trouble =
        token.error().message + ": run as the daemon's user, or set JOBGATE_TOKEN";
}

// Where the daemon that runs listens, which the file may no longer say: an edit of http.listen
// takes effect with its next start. "" where none runs.
std::string ListenOfDaemon(FileSystem& files, const std::string& store_path) {
  const auto lock = files.ReadFile(store_path + ".lock", kLockBytesMax);
  const auto holder = lock ? StoreHolderFrom(*lock) : std::nullopt;
  if (!holder || !files.Exists("/proc/" + std::to_string(holder->pid))) return "";
  return holder->listen;
}

// What the config says about the endpoint; its URL gives way to JOBGATE_URL.
void ApplyConfig(const CliWorld& world, const std::string& path, Endpoint& endpoint) {
  const LenientConfig config = ReadLeniently(world.files, path);
  const std::string store_path = Absolute(config.store_path, BaseDirectoryOf(path));
  const std::string listen = ListenOfDaemon(world.files, store_path);
  const std::string local_url = UrlOfListen(listen.empty() ? config.listen : listen);
  endpoint.config_path = path;
  endpoint.store_dir = std::filesystem::path(store_path).parent_path().string();
  if (!config.trouble.empty())
    endpoint.warning = "cannot understand " + path + " (" + config.trouble + "); going on with " +
                       (endpoint.url.empty() ? local_url : endpoint.url) +
                       ", see `jobgate config check`";
  if (endpoint.url.empty()) endpoint.url = local_url;
  if (!endpoint.token.empty()) return;
  if (endpoint.url == local_url)
    ReadLocalToken(world.files, endpoint);
  else
    endpoint.token_trouble =
        "JOBGATE_URL names another daemon than " + path + ": set JOBGATE_TOKEN too";
}

}  // namespace

Result<std::string> FindConfig(const CliWorld& world, const std::string& config_flag) {
  std::string named = config_flag;
  std::string source = "--config";
  if (named.empty()) {
    named = Env(world, "JOBGATE_CONFIG");
    source = "JOBGATE_CONFIG";
  }
  if (named.empty()) return NearestConfig(world.files);
  auto here = world.files.CurrentDirectory();
  if (!here) return here;
  const std::string path = Absolute(named, *here);
  if (auto status = world.files.Stat(path); !status || status->is_directory)
    return Fail(Code::kInvalidArgument, source + " names " + path +
                                            ", and there is no such file: make one with "
                                            "`jobgate init`");
  return path;
}

std::string BaseDirectoryOf(const std::string& config_path) {
  const std::filesystem::path folder = std::filesystem::path(config_path).parent_path();
  return (folder.filename() == "config" ? folder.parent_path() : folder).string();
}

Result<void> CheckUrl(const std::string& url) {
  if (url.empty() || ParseUrl(url)) return {};
  return Fail(Code::kInvalidArgument,
              "JOBGATE_URL is '" + url +
                  "', which is no URL: write it as http://HOST:PORT, or unset it for the daemon "
                  "that the settings name");
}

Result<Endpoint> FindEndpoint(const CliWorld& world, const std::string& config_flag) {
  Endpoint endpoint;
  endpoint.url = Env(world, "JOBGATE_URL");
  JOBGATE_TRY(CheckUrl(endpoint.url));
  while (endpoint.url.ends_with('/')) endpoint.url.pop_back();
  endpoint.url_from_env = !endpoint.url.empty();
  endpoint.token = Env(world, "JOBGATE_TOKEN");
  if (!endpoint.token.empty()) endpoint.token_source = "JOBGATE_TOKEN";
  const auto config = FindConfig(world, config_flag);
  if (config) {
    ApplyConfig(world, *config, endpoint);
    return endpoint;
  }
  if (endpoint.url.empty() || !config_flag.empty()) return tl::unexpected<Error>(config.error());
  if (endpoint.token.empty())
    endpoint.token_trouble = "JOBGATE_URL is set and JOBGATE_TOKEN is not";
  return endpoint;
}

}  // namespace jobgate
