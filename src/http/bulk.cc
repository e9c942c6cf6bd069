#include "src/http/bulk.h"

#include <mutex>
#include <utility>

namespace jobgate {
namespace {

Error Busy() {
  return {Code::kUnavailable,
          "the daemon has too much to do; what is left was not touched",
          {},
          std::chrono::seconds(1),
          {}};
}

// Goes from page to page until done; kept alive by what it waits for.
class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(std::shared_ptr<const Api> api, Actor actor, Bulk bulk, Responder responder)
      : api_(std::move(api)),
        actor_(std::move(actor)),
        bulk_(std::move(bulk)),
        responder_(std::move(responder)) {}

  void NextPage() {
    const bool posted = api_->reader.Post([run = shared_from_this()](StoreReader& store) {
      auto page = run->bulk_.find(store, run->bulk_.cursor);
      if (page)
        run->PostAll(*page);
      else
        run->responder_.Send(page.error());
    });
    if (!posted) responder_.Send(Busy());
  }

 private:
  void PostAll(const JobPage& page) {
    bulk_.cursor = page.next_cursor;
    open_ = page.jobs.size() + 1;  // one for this call, so that the last answer comes after it
    for (const Job& job : page.jobs) {
      Envelope envelope{
          bulk_.command(job), actor_,
          [run = shared_from_this(), job](const Result<Reply>& reply) { run->Take(job, reply); }};
      if (!api_->mailbox.Post(std::move(envelope))) Take(job, Fail(Busy()));
    }
    api_->mailbox.Ring();
    Settle();
  }

  void Take(const Job& job, const Result<Reply>& reply) {
    {
      const std::lock_guard lock(mutex_);
      bulk_.take(job, reply);
    }
    Settle();
  }

  void Settle() {
    {
      const std::lock_guard lock(mutex_);
      if (--open_ > 0) return;
    }
    if (bulk_.to_the_end && !bulk_.cursor.empty()) return NextPage();
    responder_.Render([run = shared_from_this()] { return run->bulk_.render(run->bulk_.cursor); });
  }

  const std::shared_ptr<const Api> api_;
  const Actor actor_;
  Bulk bulk_;
  const Responder responder_;
  std::mutex mutex_;
  size_t open_ = 0;  // commands without an answer
};

}  // namespace

void RunBulk(const Api& api, const Call& call, Bulk bulk, const Responder& responder) {
  std::make_shared<Run>(api.shared_from_this(), call.actor, std::move(bulk), responder)->NextPage();
}

}  // namespace jobgate
