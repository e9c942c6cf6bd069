#include "src/http/responder.h"

#include <atomic>

namespace jobgate {

struct Responder::Pending {
  Pending(std::shared_ptr<Outbox> box, RequestToken to) : outbox(std::move(box)), token(to) {}
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;
  ~Pending() {
    if (!Claim()) return;
    Error error{Code::kUnavailable, "the daemon did not take the request; try again"};
    error.retry_after = std::chrono::seconds(1);
    outbox->Post({token, ProblemReply(error)});
  }
  bool Claim() { return !done.exchange(true, std::memory_order_relaxed); }

  const std::shared_ptr<Outbox> outbox;
  const RequestToken token;
  std::atomic<bool> done = false;
};

Responder::Responder(std::shared_ptr<Outbox> outbox, RequestToken token)
    : pending_(std::make_shared<Pending>(std::move(outbox), token)) {}

void Responder::Send(HttpReply reply) const {
  if (pending_->Claim()) pending_->outbox->Post({pending_->token, std::move(reply)});
}

void Responder::Send(Result<HttpReply> reply) const {
  if (reply)
    Send(*std::move(reply));
  else
    Send(reply.error());
}

void Responder::Render(RenderReply render) const {
  if (pending_->Claim()) pending_->outbox->Post({pending_->token, std::move(render)});
}

void Responder::Stream(std::unique_ptr<StreamSource> source) const {
  if (pending_->Claim()) pending_->outbox->Post({pending_->token, std::move(source)});
}

namespace {

class OutboxHandle final : public StreamHandle {
 public:
  OutboxHandle(std::shared_ptr<Outbox> outbox, RequestToken token)
      : outbox_(std::move(outbox)), token_(token) {}
  void Post(std::function<void()> work) const override {
    outbox_->Post({token_, StreamWork(std::move(work))});
  }

 private:
  std::shared_ptr<Outbox> outbox_;
  RequestToken token_;
};

}  // namespace

std::shared_ptr<const StreamHandle> MakeStreamHandle(std::shared_ptr<Outbox> outbox,
                                                     RequestToken token) {
  return std::make_shared<OutboxHandle>(std::move(outbox), token);
}

}  // namespace jobgate
