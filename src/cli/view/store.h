// Pages about the store as a whole, from the API's objects.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/cli/view/look.h"

namespace jobgate {

std::string StorePage(const Json& stats, const Look& look);
std::string VerificationPage(const Json& verification, const Look& look);
std::string AnswerTable(const Json& answer, const Look& look);

}  // namespace jobgate
