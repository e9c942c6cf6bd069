// What GitHub said that it has of letters whose delivery the engine does not know yet: something
// after it failed, or the report was not taken. A list of GitHub's may lag behind its own answer.
// Belongs to the watcher's thread.
#pragma once
#include <map>
#include <string>
#include <utility>

#include "approvals/github/records.h"

namespace jobgate {

class AcceptedTexts {
 public:
  void Add(const std::string& message_id, int64_t issue, const github::Comment& comment) {
    comments_.insert_or_assign({message_id, issue}, comment);
  }
  void Add(const std::string& message_id, const github::Issue& issue) {
    issues_.insert_or_assign(message_id, issue);
  }
  // Null where GitHub said nothing of it.
  const github::Comment* CommentOn(int64_t issue, const std::string& message_id) const {
    const auto found = comments_.find({message_id, issue});
    return found == comments_.end() ? nullptr : &found->second;
  }
  const github::Issue* IssueFor(const std::string& message_id) const {
    const auto found = issues_.find(message_id);
    return found == issues_.end() ? nullptr : &found->second;
  }
  // The engine knows.
  void Forget(const std::string& message_id) {
    issues_.erase(message_id);
    std::erase_if(comments_, [&](const auto& one) { return one.first.first == message_id; });
  }

 private:
  std::map<std::string, github::Issue> issues_;
  std::map<std::pair<std::string, int64_t>, github::Comment> comments_;
};

}  // namespace jobgate
