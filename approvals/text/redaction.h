// Takes the values of a job's secrets out of what its issue shows, whoever put them there: a person
// into params or a reason, or the settings. The digest covers them all the same.
#pragma once
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "approvals/difference.h"
#include "approvals/plan.h"
#include "src/config/config.h"
#include "src/job/event.h"
#include "src/job/job.h"

namespace jobgate {

class Redaction {
 public:
  explicit Redaction(std::vector<std::string> values) : values_(std::move(values)) {}

  Job Of(Job job) const;
  Entrypoint Of(Entrypoint declaration) const;
  Plan Of(Plan plan) const;
  Difference Of(Difference difference) const;
  Event Of(Event event) const;
  std::string OfJson(const std::string& text) const;

 private:
  void Redact(std::string& text) const;

  const std::vector<std::string> values_;
};

// Of the secrets that the declarations name.
Redaction RedactionFor(
    const Turn& turn, std::initializer_list<std::reference_wrapper<const Entrypoint>> declarations);

}  // namespace jobgate
