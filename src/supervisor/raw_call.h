// System calls for a child that shares its parent's memory while both of them run. The C library
// would write the number of an error to errno, which is the parent's as well.
#pragma once
#include <sys/syscall.h>
#include <unistd.h>

namespace jobgate {

// What the kernel answers: the negative number of an error where the call fails, syscall(2).
[[gnu::always_inline]] inline long RawCall(long number, long a = 0, long b = 0, long c = 0,
                                           long d = 0) {
#if defined(__x86_64__)
  long answer = number;
  register long fourth asm("r10") = d;
  asm volatile("syscall"
               : "+a"(answer)
               : "D"(a), "S"(b), "d"(c), "r"(fourth)
               : "rcx", "r11", "memory");
  return answer;
#elif defined(__aarch64__)
  register long call asm("x8") = number;
  register long answer asm("x0") = a;
  register long second asm("x1") = b;
  register long third asm("x2") = c;
  register long fourth asm("x3") = d;
  asm volatile("svc 0" : "+r"(answer) : "r"(call), "r"(second), "r"(third), "r"(fourth) : "memory");
  return answer;
#else
#error "how a system call is made on this processor, syscall(2)"
#endif
}

}  // namespace jobgate
