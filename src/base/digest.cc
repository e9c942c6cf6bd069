#include "src/base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "src/base/check.h"

namespace jobgate {
namespace {

using Bytes = std::array<unsigned char, 32>;

std::string Hex(const Bytes& bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex(2 * bytes.size(), '0');
  auto digit = hex.begin();
  for (unsigned char byte : bytes) {
    *digit++ = kDigits[byte >> 4];
    *digit++ = kDigits[byte & 15];
  }
  return hex;
}

// EVP_sha256() looks the implementation up anew in every call (OpenSSL's man page
// ossl-guide-libcrypto-introduction, "Performance"), which takes longer than a short text does.
const EVP_MD* Sha256() {
  static EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}

}  // namespace

std::string Sha256Hex(std::string_view bytes) {
  Bytes digest{};
  unsigned int size = 0;
  JOBGATE_CHECK(
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, Sha256(), nullptr) == 1 &&
          size == digest.size(),
      "SHA-256");
  return Hex(digest);
}

Sha256Sum::Sha256Sum() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  JOBGATE_CHECK(context_ && EVP_DigestInit_ex(context_.get(), Sha256(), nullptr) == 1, "SHA-256");
}

void Sha256Sum::Add(std::string_view bytes) {
  JOBGATE_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "SHA-256");
}

std::string Sha256Sum::Hex() const {
  Bytes digest{};
  unsigned int size = 0;
  const Sha256Sum whole;
  JOBGATE_CHECK(EVP_MD_CTX_copy_ex(whole.context_.get(), context_.get()) == 1 &&
                    EVP_DigestFinal_ex(whole.context_.get(), digest.data(), &size) == 1 &&
                    size == digest.size(),
                "SHA-256");
  return jobgate::Hex(digest);
}

std::string HmacSha256Hex(std::string_view key, std::string_view bytes) {
  Bytes digest{};
  unsigned int size = 0;
  JOBGATE_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                     digest.data(), &size) != nullptr &&
                    size == digest.size(),
                "HMAC-SHA-256");
  return Hex(digest);
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace jobgate
