/* DPDK's rte_acl with rules of five fields over IPv4, as its example l3fwd lays them out: protocol, addresses, ports. Contexts are
 * built as large as rte_acl likes; lookups take the fastest code that the processor has. EAL runs without hugetlbfs, and may have been
 * started by another peer of this process. */
#define _GNU_SOURCE
#include <rte_acl.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIELDS = 5, MOST_AT_ONCE = 32, ANY_PROTOCOL = 0 };

struct tuple { /* as bytes come from the wire */
	uint8_t protocol;
	uint8_t padding[3];
	uint32_t source, destination;
	uint16_t source_port, destination_port;
};

struct rule { /* in the order of the processor */
	uint32_t source, source_length, destination, destination_length;
	uint16_t source_first, source_last, destination_first, destination_last;
	uint32_t protocol;
};

RTE_ACL_RULE_DEF(acl_rule, FIELDS);

static struct rte_acl_field_def fields[FIELDS] = {
	{ .type = RTE_ACL_FIELD_TYPE_BITMASK, .size = 1, .field_index = 0, .input_index = 0, .offset = offsetof(struct tuple, protocol) },
	{ .type = RTE_ACL_FIELD_TYPE_MASK, .size = 4, .field_index = 1, .input_index = 1, .offset = offsetof(struct tuple, source) },
	{ .type = RTE_ACL_FIELD_TYPE_MASK, .size = 4, .field_index = 2, .input_index = 2, .offset = offsetof(struct tuple, destination) },
	{ .type = RTE_ACL_FIELD_TYPE_RANGE, .size = 2, .field_index = 3, .input_index = 3, .offset = offsetof(struct tuple, source_port) },
	{ .type = RTE_ACL_FIELD_TYPE_RANGE, .size = 2, .field_index = 4, .input_index = 3, .offset = offsetof(struct tuple, destination_port) },
};

static struct rte_acl_ctx *context;

static int start(void)
{
	char processors[32];
	snprintf(processors, sizeof processors, "0@(0-%ld)", sysconf(_SC_NPROCESSORS_ONLN) - 1);
	char *arguments[] = { "bench", "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf", "-m", "128",
			      "--lcores", processors, "--log-level", "*:4" };
	return rte_eal_init(sizeof arguments / sizeof *arguments, arguments) >= 0 || rte_errno == EALREADY ? 0 : -1;
}

/* 0, or -1 if EAL does not start or the rules cannot be built. Earlier rules count. */
int peer_acl_create(const struct rule *rules, uint32_t count)
{
	static int number;
	char name[RTE_ACL_NAMESIZE];
	if (start() != 0)
		return -1;

	snprintf(name, sizeof name, "acl%d", number++);
	struct rte_acl_param param = { .name = name, .socket_id = SOCKET_ID_ANY, .rule_size = RTE_ACL_RULE_SZ(FIELDS), .max_rule_num = count };
	context = rte_acl_create(&param);
	for (uint32_t i = 0; context != NULL && i < count; i++) {
		const struct rule *from = &rules[i];
		struct acl_rule to = { .data = { .userdata = i + 1, .priority = (int32_t)(count - i), .category_mask = 1 } };
		to.field[0].value.u8 = (uint8_t)from->protocol;
		to.field[0].mask_range.u8 = from->protocol == ANY_PROTOCOL ? 0 : 0xff;
		to.field[1].value.u32 = from->source;
		to.field[1].mask_range.u32 = from->source_length;
		to.field[2].value.u32 = from->destination;
		to.field[2].mask_range.u32 = from->destination_length;
		to.field[3].value.u16 = from->source_first;
		to.field[3].mask_range.u16 = from->source_last;
		to.field[4].value.u16 = from->destination_first;
		to.field[4].mask_range.u16 = from->destination_last;
		if (rte_acl_add_rules(context, (const struct rte_acl_rule *)&to, 1) != 0)
			return -1;
	}

	struct rte_acl_config config = { .num_categories = 1, .num_fields = FIELDS };
	memcpy(config.defs, fields, sizeof fields);
	return context != NULL && rte_acl_build(context, &config) == 0 ? 0 : -1;
}

/* The sum of the numbers of the rules that match, from 1 on; 0 for a packet that none matches. As many packets as `burst`, which divides
 * the count, are handed over at once. */
uint64_t peer_acl_classify(const struct tuple *tuples, uint32_t count, uint32_t burst)
{
	uint64_t sum = 0;
	for (uint32_t done = 0; done < count; done += burst) {
		const uint8_t *data[MOST_AT_ONCE];
		uint32_t results[MOST_AT_ONCE];
		for (uint32_t i = 0; i < burst; i++)
			data[i] = (const uint8_t *)&tuples[done + i];
		rte_acl_classify(context, data, results, burst, 1);
		for (uint32_t i = 0; i < burst; i++)
			sum += results[i];
	}

	return sum;
}

void peer_acl_free(void)
{
	rte_acl_free(context);
	context = NULL;
}
