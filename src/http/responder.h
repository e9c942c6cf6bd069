// The right to answer one request, once. Copyable; any thread may complete it, also after the
// client left or the server stopped. A request whose last Responder goes unanswered gets a 503.
#pragma once
#include <memory>

#include "src/base/error.h"
#include "src/http/outbox.h"

namespace jobgate {

class Responder {
 public:
  Responder(std::shared_ptr<Outbox> outbox, RequestToken token);

  // The first of these counts; later ones are ignored.
  void Send(HttpReply reply) const;
  void Send(const Error& error) const { Send(ProblemReply(error)); }
  void Send(Result<HttpReply> reply) const;
  // Renders on the front thread, off the calling one.
  void Render(RenderReply render) const;
  void Stream(std::unique_ptr<StreamSource> source) const;

 private:
  struct Pending;
  std::shared_ptr<Pending> pending_;
};

std::shared_ptr<const StreamHandle> MakeStreamHandle(std::shared_ptr<Outbox> outbox,
                                                     RequestToken token);

}  // namespace jobgate
