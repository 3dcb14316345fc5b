// The part of libFuzzer's interface that `fuzz-formats` uses
// (compiler-rt/include/fuzzer/FuzzerInterface.h of LLVM).
#ifndef APTFERRY_FUZZER_H
#define APTFERRY_FUZZER_H

#include <stddef.h>
#include <stdint.h>

/// Runs libFuzzer with these arguments; gives the exit status.
int LLVMFuzzerRunDriver(int *argc, char ***argv,
                        int (*callback)(const uint8_t *data, size_t size));

/// Changes the bytes in place as libFuzzer does by itself; gives the new length.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity);

#endif
