// A store folder, a real supervisor in it, and a daemon's client, for one test.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "src/base/clock.h"
#include "src/supervisor/supervisor_client.h"

namespace jobgate::posix {

// How long a condition may take before the test fails. Generous: the machine may be busy.
inline constexpr Duration kPatience{20'000};

// A folder that is removed with everything in it, and whatever still runs there with it.
class Folder {
 public:
  // `depth` further folders of long names below it.
  explicit Folder(int depth = 0);
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string root_;
  std::string path_;
};

SupervisorProgram TestSupervisor();

// A daemon as far as the supervisor can tell: a client and what it reported.
class Daemon {
 public:
  // Connects to the supervisor of `folder`, or starts one, and waits until it is heard.
  explicit Daemon(const Folder& folder, const SupervisorProgram& program = TestSupervisor());
  // The same, but leaves it to the test to wait.
  Daemon(const Folder& folder, std::nullptr_t, const SupervisorProgram& program = TestSupervisor());

  SupervisorClient& client() { return client_; }
  const std::string& incarnation() const { return hello_.incarnation; }
  const SupervisorConnected& hello() const { return hello_; }

  // Lets the client work until `condition` holds. False where it does not within kPatience.
  bool Until(const std::function<bool()>& condition);
  // The next report of this kind, taken out; fails the test where none comes.
  template <typename Report>
  Report Next() {
    Report report{};
    REQUIRE_MESSAGE(Until([&] { return Take(report); }), "no such report in time");
    return report;
  }
  // The exit record of `id`, acknowledged.
  ExitRecord Ended(const AttemptId& id);
  // Whether a report of this kind has come, left in place.
  template <typename Report>
  bool Has() const {
    for (const SupervisorReport& report : reports_) {
      if (std::holds_alternative<Report>(report)) return true;
    }
    return false;
  }
  const std::vector<SupervisorReport>& reports() const { return reports_; }

 private:
  void Work(Duration wait);
  template <typename Report>
  bool Take(Report& report) {
    for (auto it = reports_.begin(); it != reports_.end(); ++it) {
      if (auto* found = std::get_if<Report>(&*it)) {
        report = std::move(*found);
        reports_.erase(it);
        return true;
      }
    }
    return false;
  }

  SystemClock clock_;
  SupervisorClient client_;
  SupervisorConnected hello_;
  std::vector<SupervisorReport> reports_;
};

// A request that runs `script` with /bin/sh in the folder itself, as attempt `number` of `job`.
SpawnRequest Shell(const Folder& folder, const std::string& job, const std::string& script,
                   int number = 1);

std::string LogOf(const SpawnRequest& request, const char* stream = "stdout.log");
std::string ReadWhole(const std::string& path);
bool Exists(const std::string& path);
// Waits for `condition`; false where it does not hold within kPatience.
bool Eventually(const std::function<bool()>& condition);
// Neither running nor a zombie.
bool IsAlive(int pid);
// Waits for a file of one line with a number in it.
int NumberFrom(const std::string& path);

}  // namespace jobgate::posix
