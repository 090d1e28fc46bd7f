/* Sends UDP packets of many flows into a device of another namespace, and tells the CPU time of the calling thread: on a
 * veth pair the kernel works through the whole path of a packet, to its end, within the sender's system call. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, FRAME = 60, IP = 14, UDP = 34 };

static int64_t now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static uint16_t checksum(const uint8_t *header)
{
	uint32_t sum = 0;
	for (int i = 0; i < 20; i += 2)
		sum += header[i] << 8 | header[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* A raw socket at a device of a namespace, or -1. The calling thread comes back to its own. */
int peer_open(const char *namespace_path, const char *device)
{
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	int away = open(namespace_path, O_RDONLY | O_CLOEXEC);
	int sender = -1, one = 1;
	if (home >= 0 && away >= 0 && setns(away, CLONE_NEWNET) == 0) {
		sender = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
		struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(device) };
		if (sender >= 0 && (address.sll_ifindex == 0 || bind(sender, (struct sockaddr *)&address, sizeof address) != 0)) {
			close(sender);
			sender = -1;
		}
		if (sender >= 0)
			setsockopt(sender, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
		if (setns(home, CLONE_NEWNET) != 0 && sender >= 0) {
			close(sender);
			sender = -1;
		}
	}
	close(home);
	close(away);
	return sender;
}

void peer_close(int sender)
{
	close(sender);
}

/* Sends a packet of each of the flows from first on: CPU nanoseconds, or -1. With one remote all flows go to it. */
int64_t peer_flood(int sender, uint32_t first, uint32_t count, int one_remote)
{
	static uint8_t frames[BATCH][FRAME];
	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];
	static const uint8_t start[] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17 };
	memset(messages, 0, sizeof messages);
	for (int i = 0; i < BATCH; i++) {
		memset(frames[i], 0, FRAME);
		memcpy(frames[i], start, sizeof start);
		vectors[i] = (struct iovec){ frames[i], FRAME };
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	int64_t begin = now();
	for (uint32_t sent = 0; sent < count;) {
		int batch = count - sent < BATCH ? (int)(count - sent) : BATCH;
		for (int i = 0; i < batch; i++) {
			uint32_t flow = first + sent + (uint32_t)i;
			uint32_t source = htonl(0x0a000002u + flow % 250000), remote = htonl(one_remote ? 0x64000001u : 0x64000000u + (flow * 2654435761u >> 8));
			uint16_t ports[] = { htons((uint16_t)(1024 + flow % 64000)), htons(443), htons(26), 0 }, zero = 0;
			memcpy(frames[i] + IP + 12, &source, 4);
			memcpy(frames[i] + IP + 16, &remote, 4);
			memcpy(frames[i] + UDP, ports, sizeof ports);
			memcpy(frames[i] + IP + 10, &zero, 2);
			uint16_t sum = checksum(frames[i] + IP);
			memcpy(frames[i] + IP + 10, &sum, 2);
		}
		for (int done = 0; done < batch;) {
			int result = sendmmsg(sender, messages + done, (unsigned)(batch - done), 0);
			if (result < 0)
				return -1;
			done += result;
		}
		sent += (uint32_t)batch;
	}
	return now() - begin;
}

/* Sends each of the given frames, one behind the other and all of one length, some times over: CPU nanoseconds, or -1. */
int64_t peer_send(int sender, uint8_t *frames, uint32_t length, uint32_t count, uint32_t times)
{
	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];
	memset(messages, 0, sizeof messages);
	int64_t begin = now();
	for (uint32_t time = 0; time < times; time++)
		for (uint32_t sent = 0; sent < count;) {
			int batch = count - sent < BATCH ? (int)(count - sent) : BATCH;
			for (int i = 0; i < batch; i++) {
				vectors[i] = (struct iovec){ frames + (size_t)(sent + (uint32_t)i) * length, length };
				messages[i].msg_hdr.msg_iov = &vectors[i];
				messages[i].msg_hdr.msg_iovlen = 1;
			}
			for (int done = 0; done < batch;) {
				int result = sendmmsg(sender, messages + done, (unsigned)(batch - done), 0);
				if (result < 0)
					return -1;
				done += result;
			}
			sent += (uint32_t)batch;
		}
	return now() - begin;
}
