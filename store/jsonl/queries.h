// What the writing store and its readers both answer, from one View.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "store/jsonl/view.h"
#include "store/memory/queries.h"
#include "store/store.h"

namespace jobgate::jsonl {

// `Base` is Store or StoreReader.
template <typename Base>
class Queries : public Base {
 public:
  Result<std::optional<Job>> FindJob(const JobId& id) override {
    return Ask([&](const View& view) { return memory::FindJob(view.tables, id); });
  }
  Result<JobId> ResolveId(std::string_view prefix) override {
    return Ask([&](const View& view) { return memory::ResolveId(view.tables, prefix); });
  }
  Result<std::vector<Attempt>> AttemptsOf(const JobId& id) override {
    return Ask([&](const View& view) { return memory::AttemptsOf(view.tables, id); });
  }
  Result<StateCounts> Counts(Time expiring_before) override {
    return Ask([&](const View& view) { return memory::Counts(view.tables, expiring_before); });
  }
  Result<std::map<std::string, EntrypointTotals>> TotalsByEntrypoint() override {
    return Ask([](const View& view) { return memory::TotalsByEntrypoint(view.tables); });
  }
  Result<JobPage> ListJobs(const JobFilter& filter) override {
    return Ask([&](const View& view) { return memory::ListJobs(view.tables, filter); });
  }
  Result<JobPage> ListEnded(const EndedFilter& filter) override {
    return Ask([&](const View& view) { return memory::ListEnded(view.tables, filter); });
  }
  Result<std::vector<Attempt>> FailedAttempts(Time from, int limit) override {
    return Ask([&](const View& view) { return memory::FailedAttempts(view.tables, from, limit); });
  }
  Result<std::vector<Event>> Events(const EventFilter& filter) override {
    return Ask([&](const View& view) { return view.Events(filter); });
  }
  Result<int64_t> LastEventSeq() override {
    return Ask([](const View& view) { return view.last_event; });
  }
  Result<std::vector<OutboxMessage>> Outbox(bool parked, std::string_view after,
                                            int limit) override {
    return Ask([&](const View& view) { return memory::Outbox(view.tables, parked, after, limit); });
  }
  Result<OutboxCounts> CountOutbox() override {
    return Ask([](const View& view) { return memory::CountOutbox(view.tables); });
  }

 protected:
  // Shared with the loop thread where that goes on meanwhile.
  using ViewPtr = std::shared_ptr<const View>;

  template <typename T>
  struct ResultOf {
    using type = Result<T>;
  };
  template <typename T>
  struct ResultOf<Result<T>> {
    using type = Result<T>;
  };

  // Calls `fn` with a view, unless none may be looked at at the moment.
  template <typename Fn>
  auto Ask(Fn fn) -> typename ResultOf<std::invoke_result_t<Fn, const View&>>::type {
    const Result<ViewPtr> view = Readable();
    if (!view) return Fail(view.error());
    return fn(**view);
  }

 private:
  virtual Result<ViewPtr> Readable() = 0;
};

}  // namespace jobgate::jsonl
