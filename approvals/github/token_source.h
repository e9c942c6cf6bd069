// Where the token for GitHub comes from.
// Belongs to one thread, which waits for `gh` where it has to be asked.
#pragma once
#include <optional>
#include <string>

#include "src/base/file_system.h"
#include "src/base/process_runner.h"
#include "src/config/secrets.h"

namespace jobgate::github {

struct TokenPlaces {
  std::string env;                  // name of a variable; "" = none
  std::optional<std::string> file;  // absolute
  std::string host;                 // of the login that `gh` is asked for: "github.com"
};

struct Token {
  std::string value;
  std::string source;   // "the variable GITHUB_TOKEN", "the file /…", "gh's login at github.com"
  std::string warning;  // what is wrong with the place; "" where nothing is
};

// The variable, else the file, else the user's own login with `gh`.
class TokenSource {
 public:
  // The references must outlive it.
  TokenSource(TokenPlaces places, Environment environment, FileSystem& files,
              ProcessRunner& processes);

  // Read once and kept. Errors: kUnauthorized naming every place that was looked at and what to
  // do. A place that has something unfit for a header is an error; the next one is not asked.
  Result<Token> Get();
  // Read anew, since GitHub refused the one that is kept.
  Result<Token> Renew();
  // How often another token than before was found: whose it is has to be asked again then.
  int changes() const { return changes_; }

 private:
  Result<std::optional<Token>> FromEnvironment() const;
  Result<std::optional<Token>> FromFile() const;
  Result<std::optional<Token>> FromGh() const;

  const TokenPlaces places_;
  const Environment environment_;
  FileSystem& files_;
  ProcessRunner& processes_;
  std::optional<Token> kept_;
  std::string last_;
  int changes_ = 0;
};

}  // namespace jobgate::github
