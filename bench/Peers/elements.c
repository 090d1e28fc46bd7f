// A graph of elements that hand one packet on by an indirect call, as packet graphs without batches do. Each element counts the
// packet in the state of its flow. elements_run gives the CPU time in nanoseconds.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#define FLOWS 4096
#define MAX_ELEMENTS 64

struct element {
    void (*push)(struct element *self, uint64_t *state);
    struct element *next;
    int place;
};

static void count(struct element *self, uint64_t *state)
{
    state[self->place]++;
    self->next->push(self->next, state);
}

static void discard(struct element *self, uint64_t *state)
{
    (void)self;
    (void)state;
}

static long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * 1000000000L + time.tv_nsec;
}

long elements_run(int packets, int elements)
{
    static struct element chain[MAX_ELEMENTS + 1];
    uint64_t *states = calloc((size_t)FLOWS * MAX_ELEMENTS, sizeof *states);
    for (int i = 0; i < elements; i++)
        chain[i] = (struct element){count, &chain[i + 1], i};
    chain[elements] = (struct element){discard, 0, elements};
    for (int flow = 0; flow < FLOWS; flow++)
        chain[0].push(&chain[0], &states[(size_t)flow * MAX_ELEMENTS]);
    long start = now();
    for (int i = 0; i < packets; i++) {
        struct element *volatile first = &chain[0];
        first->push(first, &states[(size_t)(i % FLOWS) * MAX_ELEMENTS]);
    }
    long spent = now() - start;
    free(states);
    return spent;
}
