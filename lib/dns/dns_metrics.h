/* SPDX-License-Identifier: ISC */
/* dns_metrics.h - what a DNS source counts, as Prometheus text. */
#ifndef DNS_DNS_METRICS_H
#define DNS_DNS_METRICS_H

struct buf;
struct dns_source;

/* Append the figures of source in the text exposition format 0.0.4; names
 * begin with "mailreeve_DAEMON_dns_". */
void dns_metrics_write(struct dns_source *source, const char *daemon,
    struct buf *out);

#endif
