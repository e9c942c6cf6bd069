// People on GitHub: whatever anybody could do on the issues that jobs stand on, and a little of
// what they should.
#pragma once
#include <string>
#include <vector>

#include "tests/simulation/approval/hub.h"

namespace jobgate::sim {

// What an issue shows of the job that stands on it.
struct Standing {
  int64_t issue = 0;
  std::string digest;
};

class Crowd {
 public:
  Crowd(Hub& hub, Dice& dice) : hub_(hub), dice_(dice) {}

  void Act(const std::vector<Standing>& all);
  // What a person who may decides plainly: nothing else stands there after it but their word.
  void Clear(int64_t issue);
  void ApprovePlainly(const Standing& standing, bool by_comment);
  void RejectPlainly(int64_t issue);

 private:
  int64_t Somebody();
  std::string InSomeCase(std::string label);
  void SetSomeLabel(int64_t issue, int64_t by);
  void TakeSomeLabel(int64_t issue, int64_t by);
  void Say(const Standing& standing, int64_t by);
  std::string Words(const Standing& standing);
  void TouchComment(int64_t issue);
  void Rewrite(int64_t issue);
  void ChangeSomebody();

  Hub& hub_;
  Dice& dice_;
  std::vector<std::string> old_digests_;
};

}  // namespace jobgate::sim
