/* SPDX-License-Identifier: ISC */
/* notify.h - tell the service manager how we are (sd_notify(3) protocol). */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

/* Send "READY=1", "RELOADING=1", "STOPPING=1", "STATUS=…" to the socket in
 * NOTIFY_SOCKET; without one nothing happens. */
void notify_state(const char *state);

/* RELOADING=1 with the time stamp that Type=notify-reload wants. */
void notify_reloading(void);

#endif
