// One job's whole story on one page.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/cli/view/look.h"

namespace jobgate {

struct Story {
  Json job;
  Json attempts = Json::array();  // of GET /api/v1/jobs/{id}/attempts
  Json events = Json::array();    // of GET /api/v1/jobs/{id}/events
  Json steps = Json::array();     // of its entrypoint as declared now; may be empty
  Json approval = {};             // its open request, or null
  bool parent_gone = false;       // the job that it comes from is no longer in the history
  bool child_gone = false;        // nor is its retry
};

std::string StoryPage(const Story& story, const Look& look);

}  // namespace jobgate
