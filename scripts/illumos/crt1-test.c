/*
 * crt1.s on this machine: its arguments, its environment, its way out, and an unwinder that finds the frames by what crt1.s registered (it is
 * linked without the program header that says where they are). Exit code 7: all of it was right.
 */
#include <stdint.h>
#include <string.h>
#include <stdlib.h>
#include <unistd.h>
#include <unwind.h>

extern char **environ;

/* The C library here keeps this function in a static library. */
int __cxa_atexit(void (*)(void *), void *, void *);
int atexit(void (*function)(void)) { return __cxa_atexit((void (*)(void *))function, NULL, NULL); }

static int right;
static void last(void) { _exit(right ? 7 : 1); }

static _Unwind_Reason_Code count(struct _Unwind_Context *context, void *frames) {
    (void)context;
    ++*(int *)frames;
    return _URC_NO_REASON;
}

static int __attribute__((noinline)) frames_below(int depth) {
    int frames = 0;
    if (depth > 0) return frames_below(depth - 1) + (depth == 1000);
    _Unwind_Backtrace(count, &frames);
    return frames;
}

int main(int argc, char **argv, char **environment) {
    uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
    const char *variable = getenv("MAPSTORM_CRT1");
    right = argc == 2 && strcmp(argv[1], "one") == 0 && argv[2] == NULL && environment == environ && variable != NULL
        && strcmp(variable, "there") == 0 && frame % 16 == 0 && frames_below(5) >= 7;
    atexit(last);
    return 1;
}
