#include "src/http/api.h"

#include <utility>

namespace jobgate {
namespace {

Error Busy(const char* who) {
  Error error{Code::kUnavailable, std::string(who) + " has too much to do; try again in a moment"};
  error.retry_after = std::chrono::seconds(1);
  return error;
}

// No exception of a library crosses a thread, nor does its text reach a client.
Result<HttpReply> Guarded(const std::function<Result<HttpReply>(StoreReader&)>& answer,
                          StoreReader& store) {
  try {
    return answer(store);
  } catch (...) {
    return Fail(Code::kInternal, "the request could not be answered");
  }
}

}  // namespace

void SendCommand(const Api& api, const Call& call, Command command, const Responder& responder,
                 std::function<HttpReply(const Reply&)> render) {
  CommandThen(api, call, std::move(command), responder,
              [render = std::move(render)](Reply reply, const Responder& to) {
                to.Render([render, reply = std::move(reply)] { return render(reply); });
              });
}

void CommandThen(const Api& api, const Call& call, Command command, const Responder& responder,
                 std::function<void(Reply, const Responder&)> next) {
  Envelope envelope{std::move(command), call.actor,
                    [responder, next = std::move(next)](Result<Reply> reply) {
                      if (reply)
                        next(*std::move(reply), responder);
                      else
                        responder.Send(reply.error());
                    }};
  if (!api.mailbox.Post(std::move(envelope))) responder.Send(Busy("the engine"));
}

void Ask(const Api& api, const Responder& responder,
         std::function<Result<HttpReply>(StoreReader&)> answer) {
  const bool posted = api.reader.Post([responder, answer = std::move(answer)](StoreReader& store) {
    responder.Send(Guarded(answer, store));
  });
  if (!posted) responder.Send(Busy("the store's reader"));
}

Result<Job> FindByPrefix(StoreReader& store, const std::string& prefix) {
  auto id = store.ResolveId(prefix);
  if (!id) return Fail(std::move(id).error());
  auto job = store.FindJob(*id);
  if (!job) return Fail(std::move(job).error());
  if (!*job) return Fail(Code::kNotFound, "there is no job " + *id);
  return **std::move(job);
}

}  // namespace jobgate
