#include "src/cli/session.h"

#include <cerrno>

#include "src/cli/text.h"

namespace jobgate {

Result<const ApiClient*> Session::Api() {
  if (!api_) {
    auto endpoint = FindEndpoint(world_, flags_.config);
    if (!endpoint) return tl::unexpected<Error>(endpoint.error());
    if (!endpoint->warning.empty()) Note(endpoint->warning);
    api_.emplace(world_.http, std::move(*endpoint));
  }
  return &*api_;
}

Look Session::LookNow() const {
  const auto env = [&](const char* name) {
    return world_.env ? world_.env(name).value_or("") : "";
  };
  const bool colors = world_.out_is_terminal && env("NO_COLOR").empty() && env("TERM") != "dumb";
  return {world_.clock.Now(), world_.out_is_terminal ? world_.columns : 0, colors};
}

void Session::Out(std::string_view bytes) {
  std::lock_guard lock(output_);
  errno = 0;
  world_.out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  world_.out.flush();
  if (!world_.out && lost_ == 0) lost_ = errno != 0 ? errno : EIO;
}

void Session::Err(std::string_view bytes) {
  std::lock_guard lock(output_);
  world_.err.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  world_.err.flush();
}

void Session::Note(std::string_view line) {
  Err("jobgate: " + OneLine(line) + "\n");
}

Result<void> Session::Confirm(const std::string& question, bool yes) {
  if (yes) return {};
  if (!world_.in_is_terminal)
    return Fail(Code::kInvalidArgument, question + " There is no terminal to ask at: add --yes");
  Err("jobgate: " + OneLine(question) + " [y/N] ");
  std::string answer;
  std::getline(world_.in, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return Fail(Code::kInvalidArgument, "nothing was done");
}

void Session::OutJson(const Json& value, const std::string& text) {
  Out((world_.out_is_terminal ? Pretty(value) : text) + "\n");
}

}  // namespace jobgate
