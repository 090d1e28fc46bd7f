// Hyperscan (or Vectorscan, which has its interface) over the records that the C# side scans: all matches of all patterns.
#include <hs.h>
#include <stdint.h>
#include <stdlib.h>

static hs_database_t *database;
static hs_scratch_t *scratch;

struct totals { uint64_t matches, checksum; };

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
    struct totals *totals = context;
    (void)from;
    (void)flags;
    totals->matches++;
    totals->checksum += (uint64_t)(id + 1) * 0x9E3779B97F4A7C15ull * (to + 0x1234567ull);
    return 0;
}

// Expressions are "\xHH" for each byte: the interface for literals loses matches in some versions.
int weft_hs_compile(const char *const *expressions, const unsigned *without_case, const unsigned *ids, unsigned count)
{
    unsigned *flags = malloc(count * sizeof *flags);
    for (unsigned i = 0; i < count; i++)
        flags[i] = HS_FLAG_DOTALL | (without_case[i] ? HS_FLAG_CASELESS : 0);
    hs_compile_error_t *error = NULL;
    int result = hs_compile_multi(expressions, flags, ids, count, HS_MODE_BLOCK, NULL, &database, &error);
    free(flags);
    return result != HS_SUCCESS ? result : hs_alloc_scratch(database, &scratch);
}

void weft_hs_scan(const char *data, const int *lengths, int records, uint64_t *matches, uint64_t *checksum)
{
    struct totals totals = {0, 0};
    for (int i = 0; i < records; i++) {
        hs_scan(database, data, lengths[i], 0, scratch, on_match, &totals);
        data += lengths[i];
    }
    *matches = totals.matches;
    *checksum = totals.checksum;
}

void weft_hs_free(void)
{
    hs_free_scratch(scratch);
    hs_free_database(database);
    scratch = NULL;
    database = NULL;
}
