/* SPDX-License-Identifier: ISC */
/* peer.c - who asks, and may he? */
#include "queue/peer.h"

#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <sys/socket.h>

#define GROUPS_MAX 1024

int
peer_of(int fd, struct peer *peer_r)
{
	struct ucred ucred;
	socklen_t size = sizeof(ucred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &ucred, &size) < 0 ||
	    size != sizeof(ucred) || ucred.pid == 0)
		return -1;
	*peer_r = (struct peer){ ucred.pid, ucred.uid, ucred.gid };
	return 0;
}

static bool
has_group(uid_t uid, gid_t wanted)
{
	const struct passwd *user = getpwuid(uid);
	gid_t groups[GROUPS_MAX];
	int count = GROUPS_MAX;

	if (user == NULL ||
	    getgrouplist(user->pw_name, user->pw_gid, groups, &count) < 0)
		return false;
	for (int i = 0; i < count; i++)
		if (groups[i] == wanted)
			return true;
	return false;
}

bool
peer_may_ask(const struct peer *peer, const char *group_name)
{
	const struct group *group;
	gid_t wanted;

	if (peer->uid == 0)
		return true;
	group = getgrnam(group_name);
	if (group == NULL)
		return false;
	wanted = group->gr_gid;
	return peer->gid == wanted || has_group(peer->uid, wanted);
}
