// The daemon's end of the connection to the supervisor. It dies with the daemon; what was under
// way is then lost, or was just heard before.
#pragma once
#include <deque>
#include <functional>
#include <vector>

#include "src/worker/spawner.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/supervisor.h"

namespace jobgate::sim {

class SimLink final : public ProcessSpawner {
 public:
  // `before_call` may throw Crash.
  SimLink(SimSupervisor& supervisor, Dice& dice, std::function<void()> before_call);
  ~SimLink() override;

  void Prepare(const SpawnRequest&) override {}  // changes nothing that can be seen
  void Spawn(const SpawnRequest& request) override { Send(request); }
  void Stop(const AttemptId& id, Duration grace) override { Send(StopOrder{id, grace}); }
  void Acknowledge(const AttemptId& id) override { Send(AcknowledgeOrder{id}); }
  void KillLeftovers(const std::vector<AttemptId>& ids) override { Send(KillLeftoversOrder{ids}); }
  // In the stream, or as a new connection: both are allowed.
  void Resync() override;

  bool is_connected() const { return is_connected_; }
  void Connect();
  // The connection breaks; the supervisor may have heard a part of what was under way.
  void Break();

  // Lets the supervisor hear up to `count` orders; false where none is under way.
  bool Deliver(int64_t count);
  bool HasOrders() const { return !orders_.empty(); }
  bool HasNews() const { return !news_.empty(); }
  std::vector<SupervisorReport> Take(int64_t count);

 private:
  void Send(Order order);
  void Drop();

  SimSupervisor& supervisor_;
  Dice& dice_;
  const std::function<void()> before_call_;
  bool is_connected_ = false;
  std::deque<Order> orders_;
  std::deque<SupervisorReport> news_;
};

}  // namespace jobgate::sim
