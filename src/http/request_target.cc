#include "src/http/request_target.h"

#include <httplib.h>

#include <algorithm>
#include <cstring>

namespace jobgate {
namespace {

// A request line in, nothing out.
class LineStream final : public httplib::Stream {
 public:
  explicit LineStream(std::string_view line) : rest_(line) {}
  bool is_readable() const override { return !rest_.empty(); }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, size_t size) override {
    const size_t count = std::min(size, rest_.size());
    std::memcpy(to, rest_.data(), count);
    rest_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char*, size_t size) override { return static_cast<ssize_t>(size); }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return 0; }

 private:
  std::string_view rest_;
};

}  // namespace

class TargetParser::Library final : public httplib::Server {
 public:
  Library() {
    // Takes what was parsed before the library would route it.
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      target_.path = request.path;
      for (const auto& [name, value] : request.params) target_.query.emplace_back(name, value);
      parsed_ = true;
      response.status = 200;
      return HandlerResponse::Handled;
    });
  }

  Result<RequestTarget> Parse(const std::string& method, const std::string& target) {
    target_ = {};
    parsed_ = false;
    line_.assign(method).append(" ").append(target).append(" HTTP/1.1\r\n\r\n");
    LineStream stream(line_);
    bool closed = false;
    process_request(stream, true, closed, nullptr);
    if (!parsed_) return Fail(Code::kInvalidArgument, "malformed HTTP request target");
    return std::move(target_);
  }

 private:
  std::string line_;
  RequestTarget target_;
  bool parsed_ = false;
};

TargetParser::TargetParser() : library_(std::make_unique<Library>()) {}
TargetParser::~TargetParser() = default;

Result<RequestTarget> TargetParser::Parse(const std::string& method, const std::string& target) {
  return library_->Parse(method, target);
}

}  // namespace jobgate
