// Keeps a number of keep-alive connections busy with one POST each and prints what it saw as JSON:
// {"perSecond","p50Us","p99Us","maxUs","acknowledged","refused","refusal"}. One thread, epoll and
// raw sockets, so that the client costs little beside the server that is measured. SIGTERM ends it
// early, with the figures up to then.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "tests/bench/http_exchange.h"
#include "tests/bench/now.h"

namespace jobgate::bench {
namespace {

constexpr int kSilenceMs = 20'000;  // of the whole server: given up

volatile std::sig_atomic_t g_is_told_to_end = 0;

void TakeSigterm(int) {
  g_is_told_to_end = 1;
}

struct Settings {
  int port = 0;
  std::string path = "/echo";
  std::string token_file;
  std::string entrypoint = "noop";
  std::string ids_file;
  int clients = 1;
  int expect = 200;
  int batch = 0;           // jobs in a request; 0: one, and not as a batch
  int64_t warmup_ms = 0;   // answers of this time are not counted in rate and latency
  int64_t measure_ms = 0;  // 0: until `count` requests are answered
  int64_t count = 0;
};

struct Client {
  int socket = -1;
  int64_t sent_at_ns = 0;
  std::string received;
};

struct Result {
  std::vector<int64_t> latencies_ns;
  int64_t acknowledged = 0;
  int64_t refused = 0;
  std::string refusal;
  std::vector<std::string> ids;
};

class Load {
 public:
  explicit Load(const Settings& settings);
  void Run();
  void Print() const;
  void WriteIds() const;

 private:
  void Open();
  bool SendNext(Client& client);
  void Receive(Client& client);
  void Account(const Client& client, const Response& response);
  std::string NextBody() const;
  std::string JobJson(int number) const;
  bool IsOver() const;

  const Settings settings_;
  const RequestForm form_;
  const std::string run_;
  int epoll_ = -1;
  std::vector<Client> clients_;
  int64_t sent_ = 0;
  int64_t under_way_ = 0;
  int64_t measured_from_ns_ = 0;
  int64_t measured_to_ns_ = 0;
  int64_t last_answer_ns_ = 0;
  Result result_;
};

Load::Load(const Settings& settings)
    : settings_(settings),
      form_("POST", settings.path, settings.port,
            settings.token_file.empty() ? "" : ReadToken(settings.token_file)),
      run_(std::to_string(NowNs())),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      clients_(static_cast<size_t>(settings.clients)) {}

void Load::Open() {
  for (Client& client : clients_) {
    client.socket = Connect(settings_.port);
    ::fcntl(client.socket, F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &client;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.socket, &event) != 0) GiveUp("epoll_ctl");
  }
}

void Load::Run() {
  Open();
  measured_from_ns_ = NowNs() + settings_.warmup_ms * 1'000'000;
  measured_to_ns_ = settings_.measure_ms > 0 ? measured_from_ns_ + settings_.measure_ms * 1'000'000
                                             : std::numeric_limits<int64_t>::max();
  for (Client& client : clients_) SendNext(client);
  std::array<epoll_event, 64> events{};
  while (under_way_ > 0) {
    const int ready = ::epoll_wait(epoll_, events.data(), events.size(), kSilenceMs);
    if (ready == 0) GiveUp("no answer for 20 s");
    for (int i = 0; i < ready; ++i)
      Receive(*static_cast<Client*>(events[static_cast<size_t>(i)].data.ptr));
  }
}

bool Load::IsOver() const {
  if (g_is_told_to_end != 0) return true;
  if (settings_.count > 0 && sent_ >= settings_.count) return true;
  return NowNs() >= measured_to_ns_;
}

std::string Load::NextBody() const {
  if (settings_.batch == 0) return JobJson(0);
  std::string body = R"({"jobs":[)";
  for (int i = 0; i < settings_.batch; ++i) body.append(i == 0 ? "" : ",").append(JobJson(i));
  return body.append("]}");
}

// The job of that number in the request that comes next.
std::string Load::JobJson(int number) const {
  std::string json = R"({"entrypoint":")" + settings_.entrypoint + R"(","params":{"n":")";
  json.append(run_).append("-").append(std::to_string(sent_));
  return json.append("-").append(std::to_string(number)).append("\"}}");
}

bool Load::SendNext(Client& client) {
  if (IsOver()) return false;
  const std::string request = form_.With(NextBody());
  client.sent_at_ns = NowNs();
  SendWhole(client.socket, request);
  ++sent_;
  ++under_way_;
  return true;
}

void Load::Receive(Client& client) {
  std::array<char, 8192> piece{};
  const ssize_t bytes = ::recv(client.socket, piece.data(), piece.size(), 0);
  if (bytes < 0 && errno == EAGAIN) return;
  if (bytes <= 0) GiveUp("the server closed a connection");
  client.received.append(piece.data(), static_cast<size_t>(bytes));
  const auto response = ParseResponse(client.received);
  if (!response) return;
  --under_way_;
  Account(client, *response);
  client.received.clear();
  SendNext(client);
}

void Load::Account(const Client& client, const Response& response) {
  const int64_t now = NowNs();
  if (response.status != settings_.expect) {
    if (result_.refused++ == 0)
      result_.refusal = std::to_string(response.status) + " " + std::string(response.body);
    return;
  }
  ++result_.acknowledged;
  if (!settings_.ids_file.empty()) result_.ids.emplace_back(FindId(response.body));
  if (now < measured_from_ns_ || now > measured_to_ns_) return;
  result_.latencies_ns.push_back(now - client.sent_at_ns);
  last_answer_ns_ = now;
}

// The nearest-rank percentile of sorted values.
double PercentileUs(const std::vector<int64_t>& sorted, double share) {
  const auto rank =
      static_cast<size_t>(std::lround(share * static_cast<double>(sorted.size() - 1)));
  return static_cast<double>(sorted[rank]) / 1e3;
}

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return quoted + '"';
}

void Load::Print() const {
  if (result_.latencies_ns.empty())
    GiveUp("nothing was acknowledged; first refusal: " + result_.refusal);
  std::vector<int64_t> sorted = result_.latencies_ns;
  std::sort(sorted.begin(), sorted.end());
  const bool whole = settings_.measure_ms > 0 && g_is_told_to_end == 0;
  const int64_t to = whole ? measured_to_ns_ : last_answer_ns_;
  const double seconds = static_cast<double>(to - measured_from_ns_) / 1e9;
  std::cout << "{\"perSecond\":" << static_cast<double>(sorted.size()) / seconds
            << ",\"p50Us\":" << PercentileUs(sorted, 0.50)
            << ",\"p99Us\":" << PercentileUs(sorted, 0.99)
            << ",\"maxUs\":" << PercentileUs(sorted, 1.0)
            << ",\"acknowledged\":" << result_.acknowledged << ",\"refused\":" << result_.refused
            << ",\"refusal\":" << Quoted(result_.refusal) << "}\n";
}

void Load::WriteIds() const {
  if (settings_.ids_file.empty()) return;
  std::ofstream file(settings_.ids_file);
  for (const std::string& id : result_.ids) file << id << '\n';
  if (!file.flush()) GiveUp("cannot write " + settings_.ids_file);
}

Settings ParseArguments(int argc, char** argv) {
  Settings settings;
  CLI::App app("HTTP load on keep-alive connections");
  app.add_option("--port", settings.port)->required();
  app.add_option("--path", settings.path);
  app.add_option("--token-file", settings.token_file);
  app.add_option("--entrypoint", settings.entrypoint);
  app.add_option("--ids", settings.ids_file, "write the acknowledged job ids there");
  app.add_option("--clients", settings.clients)->check(CLI::PositiveNumber);
  app.add_option("--expect", settings.expect, "the status that acknowledges");
  app.add_option("--batch", settings.batch, "jobs in each request, to a path that takes batches")
      ->check(CLI::PositiveNumber);
  app.add_option("--warmup-ms", settings.warmup_ms);
  app.add_option("--measure-ms", settings.measure_ms);
  app.add_option("--count", settings.count, "requests in all");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  if (settings.measure_ms <= 0 && settings.count <= 0) GiveUp("give --measure-ms or --count");
  return settings;
}

}  // namespace
}  // namespace jobgate::bench

int main(int argc, char** argv) {
  std::signal(SIGTERM, jobgate::bench::TakeSigterm);
  jobgate::bench::Load load(jobgate::bench::ParseArguments(argc, argv));
  load.Run();
  load.WriteIds();
  load.Print();
}
