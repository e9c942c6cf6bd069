// What the `store` commands share: how their answers are shown.
#pragma once
#include <string>

#include "src/cli/session.h"

namespace jobgate {

// `path` as seen from here; the daemon may run elsewhere.
Result<std::string> AbsolutePath(Session& session, const std::string& path);

// `answer` for programs, `page` for people.
void Print(Session& session, const Json& answer, const std::string& page);

// Of an answer that ReplacementReportJson rendered.
std::string ReplacementText(const Json& report);

template <typename T>
Result<Json> AsJson(const Result<T>& result, Json (*render)(const T&)) {
  if (!result) return tl::unexpected<Error>(result.error());
  return render(*result);
}

}  // namespace jobgate
