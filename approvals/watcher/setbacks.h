// What went wrong for one of many while others go on: when to try that one again, each time later.
// Belongs to the watcher's thread. Times are those of Clock::Monotonic.
#pragma once
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "src/base/time.h"

namespace jobgate {

template <typename Key>
class Setbacks {
 public:
  static constexpr Duration kFirst = std::chrono::seconds(2);
  static constexpr Duration kMost = std::chrono::seconds(60);

  // `told`: when it makes sense again, where that is known. Whoever fails at something else than
  // the last time (`what`) has come further, and begins with the first pause.
  void Failed(const Key& key, const std::string& what, Duration now, std::optional<Duration> told) {
    Setback& one = known_[key];
    if (std::exchange(one.what, what) != what) one.pause = {};
    one.pause = std::clamp(one.pause * 2, kFirst, kMost);
    one.until = told.value_or(now + one.pause);
  }
  void Succeeded(const Key& key) { known_.erase(key); }
  void Forget(const std::set<Key>& all_but) {
    std::erase_if(known_, [&](const auto& one) { return !all_but.contains(one.first); });
  }

  bool Has(const Key& key) const { return known_.contains(key); }
  // Those whose time has not come yet.
  std::set<Key> WaitingAt(Duration now) const {
    std::set<Key> keys;
    for (const auto& [key, one] : known_)
      if (now < one.until) keys.insert(key);
    return keys;
  }
  // When the first of them may be tried again.
  std::optional<Duration> Next() const {
    std::optional<Duration> next;
    for (const auto& [key, one] : known_) next = std::min(next.value_or(one.until), one.until);
    return next;
  }

 private:
  struct Setback {
    Duration until{};
    Duration pause{};
    std::string what;
  };
  std::map<Key, Setback> known_;
};

}  // namespace jobgate
