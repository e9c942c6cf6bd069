// SHA-256 and HMAC-SHA-256 (OpenSSL EVP) as lower-case hex.
#pragma once
#include <memory>
#include <string>
#include <string_view>

typedef struct evp_md_ctx_st EVP_MD_CTX;  // <openssl/types.h>

namespace jobgate {

std::string Sha256Hex(std::string_view bytes);

// Of what comes piece by piece.
class Sha256Sum {
 public:
  Sha256Sum();
  void Add(std::string_view bytes);
  std::string Hex() const;  // of the pieces so far

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

std::string HmacSha256Hex(std::string_view key, std::string_view bytes);
// Compares without telling by its time where the texts differ.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

}  // namespace jobgate
