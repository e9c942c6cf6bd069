// Writes to GitHub lie a second apart; who has several waits in between.
#pragma once
#include <functional>

#include "approvals/github/answer.h"
#include "src/base/time.h"

namespace jobgate {

// Waits until `until` (Clock::Monotonic); false where the watcher stops instead.
using WaitFn = std::function<bool(Duration until)>;

// Calls `write` until it is no longer too early for it.
template <typename Write>
auto Spaced(const WaitFn& wait, Write write) -> decltype(write()) {
  for (;;) {
    auto answer = write();
    const auto* limited = github::WhyNot<github::RateLimited>(answer);
    if (!limited || limited->limit != github::Limit::kSpacing || !wait(limited->retry_at))
      return answer;
  }
}

}  // namespace jobgate
