// What an attempt left behind for whoever approves the next step: its hashes are part of the
// digest, its text is shown.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "approvals/difference.h"
#include "src/turn/turn.h"

namespace jobgate {

// The folder beside the store with an attempt's logs and files.
std::string RunFolder(const Config& config, const JobId& job_id, int number);

// What attempt `number` printed to stdout, or "" where its log is not there or longer than 16 MiB.
std::string StdoutOf(const Turn& turn, const JobId& job_id, int number);
// The same of stderr.
std::string StderrOf(const Turn& turn, const JobId& job_id, int number);
// As StdoutOf; nothing where the log is not what `output` has the hash of.
std::optional<std::string> ShownOutput(const Turn& turn, const JobId& job_id,
                                       const StepOutput& output);

// Whether both attempts left the same.
bool IsSameOutput(const StepOutput& one, const StepOutput& other);

// What step `step_name` left when it was approved, and what it left
// now. Absent: nothing is known.
std::vector<Difference> OutputDifferences(const Turn& turn, const Job& job,
                                          const std::string& step_name,
                                          const std::optional<StepOutput>& approved,
                                          const std::optional<StepOutput>& now);

}  // namespace jobgate
