// The ids that came last, so that one that comes again is known.
#pragma once
#include <cstddef>
#include <deque>
#include <string>
#include <unordered_set>
#include <utility>

namespace jobgate {

class RecentIds {
 public:
  // The oldest one is forgotten where there are more than `ids_max`.
  explicit RecentIds(size_t ids_max) : ids_max_(ids_max) {}

  // False where it is among them already.
  bool Add(std::string id) {
    if (!known_.insert(id).second) return false;
    in_order_.push_back(std::move(id));
    if (in_order_.size() <= ids_max_) return true;
    known_.erase(in_order_.front());
    in_order_.pop_front();
    return true;
  }

 private:
  const size_t ids_max_;
  std::unordered_set<std::string> known_;
  std::deque<std::string> in_order_;  // oldest first
};

}  // namespace jobgate
