#include "approvals/commit.h"

#include <utility>

namespace jobgate {

Result<void> PinCommit(const Turn& turn, Job& job, const Entrypoint& declaration) {
  job.git_commit = StandingCommit(turn, job, declaration);
  if (!declaration.git || job.git_commit) return {};
  auto commit = turn.repositories.Resolve(declaration.git->repo, declaration.git->ref);
  if (!commit)
    return FailField("/entrypoint", "'" + declaration.name +
                                        "' runs from a git commit: " + commit.error().message);
  job.git_commit = *std::move(commit);
  return {};
}

std::optional<std::string> StandingCommit(const Turn& turn, const Job& job,
                                          const Entrypoint& declaration) {
  if (!declaration.git || !job.git_commit) return std::nullopt;
  if (!turn.repositories.HasCommit(declaration.git->repo, *job.git_commit)) return std::nullopt;
  return job.git_commit;
}

}  // namespace jobgate
