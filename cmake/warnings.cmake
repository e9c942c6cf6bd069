# Warnings are errors on both compilers. Applied to our own targets only.
add_library(jobgate_options INTERFACE)
target_compile_options(jobgate_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wno-sign-conversion
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wnull-dereference
  -fno-omit-frame-pointer -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positives of g++ 12 in the standard library under optimization (GCC bug 105329 and kin).
  target_compile_options(jobgate_options INTERFACE
    -Wno-restrict -Wno-null-dereference -Wno-maybe-uninitialized -Wno-dangling-pointer -Wno-stringop-overflow -Wno-array-bounds)
endif()
# Access past an end or into an empty optional stops the program instead of going on with garbage.
target_compile_definitions(jobgate_options INTERFACE _GLIBCXX_ASSERTIONS)
target_include_directories(jobgate_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_compile_definitions(jobgate_options INTERFACE JOBGATE_VERSION="${PROJECT_VERSION}")
