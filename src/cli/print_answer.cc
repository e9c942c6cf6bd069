#include "src/cli/print_answer.h"

namespace jobgate {

Result<int> PrintAnswer(Session& session, const Result<Answer>& answer, const Page& page) {
  if (!answer) return tl::unexpected<Error>(answer.error());
  if (session.json())
    session.OutJson(answer->body, answer->text);
  else
    session.Out(page(answer->body, session.LookNow()));
  return 0;
}

}  // namespace jobgate
