#include "tests/simulation/link.h"

#include <utility>

namespace jobgate::sim {

SimLink::SimLink(SimSupervisor& supervisor, Dice& dice, std::function<void()> before_call)
    : supervisor_(supervisor), dice_(dice), before_call_(std::move(before_call)) {}

SimLink::~SimLink() {
  supervisor_.StopListening();
}

void SimLink::Send(Order order) {
  before_call_();
  if (is_connected_) orders_.push_back(std::move(order));
}

void SimLink::Resync() {
  before_call_();
  if (!is_connected_) return;
  if (dice_.OneIn(2)) {
    orders_.emplace_back(HelloOrder{});
    return;
  }
  Drop();
  if (dice_.OneIn(2)) news_.emplace_back(SupervisorLost{});
  Connect();
}

void SimLink::Connect() {
  is_connected_ = true;
  orders_.emplace_back(HelloOrder{});
}

void SimLink::Break() {
  if (!is_connected_) return;
  Drop();
  news_.emplace_back(SupervisorLost{});
}

// What had arrived may have been read before the connection went.
void SimLink::Drop() {
  if (is_connected_) Deliver(dice_.Below(static_cast<int64_t>(orders_.size()) + 1));
  supervisor_.StopListening();
  is_connected_ = false;
  orders_.clear();
  if (dice_.OneIn(2)) news_.clear();
}

bool SimLink::Deliver(int64_t count) {
  if (orders_.empty()) return false;
  for (; count > 0 && !orders_.empty(); --count) {
    const Order order = std::move(orders_.front());
    orders_.pop_front();
    supervisor_.Obey(order, news_);
  }
  return true;
}

std::vector<SupervisorReport> SimLink::Take(int64_t count) {
  std::vector<SupervisorReport> reports;
  for (; count > 0 && !news_.empty(); --count) {
    reports.push_back(std::move(news_.front()));
    news_.pop_front();
  }
  return reports;
}

}  // namespace jobgate::sim
