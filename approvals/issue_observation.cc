#include "approvals/issue_observation.h"

#include <algorithm>

#include "src/base/digest.h"

namespace jobgate {
namespace {

std::string WithoutReturns(std::string text) {
  std::erase(text, '\r');
  return text;
}

}  // namespace

std::string TextHash(const github::Issue& issue) {
  return Sha256Hex(issue.title + '\n' + WithoutReturns(issue.body));
}

std::string TextHash(const github::Comment& comment) {
  return Sha256Hex(WithoutReturns(comment.body));
}

}  // namespace jobgate
